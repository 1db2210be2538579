"""Who joins, and whose step is next."""

from __future__ import annotations

import pytest

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from tests.gpuworker.engine.support import drain, plain


@pytest.fixture(autouse=True)
def all_loaded(checkpoints: CheckpointStore) -> None:
    for name in ("tiny", "tiny-v"):
        checkpoints.get(name)


def test_a_full_group_is_filled_in_order(checkpoints: CheckpointStore) -> None:
    engine = Engine(checkpoints, max_rows=4)
    finished: list[int] = []
    for i in range(5):
        future = engine.submit(plain(seed=i, steps=2))
        future.add_done_callback(lambda _, i=i: finished.append(i))  # type: ignore[misc]
    engine.step()
    stats = engine.stats()
    assert (stats.running, stats.waiting) == (2, 3)
    drain(engine)
    assert finished == [0, 1, 2, 3, 4]


def test_groups_take_turns(checkpoints: CheckpointStore) -> None:
    """A picture of another shape starts at once and ends first, however many others were there before it."""
    engine = Engine(checkpoints, max_rows=4)
    others = [engine.submit(plain(seed=i, steps=6)) for i in range(4)]
    engine.step()
    wide = engine.submit(plain(width=128, steps=2))
    for _ in range(4):
        engine.step()
    assert wide.done()
    assert not any(other.done() for other in others)
    drain(engine)
    assert wide.result(0).size == (128, 64)
    assert all(other.result(0).size == (64, 64) for other in others)


def test_groups_of_unlike_loras_and_sizes_are_apart_and_the_longest_unserved_is_next(
    checkpoints: CheckpointStore,
) -> None:
    engine = Engine(checkpoints)
    for changes in ({}, {"width": 128}, {"checkpoint": "tiny-v"}, {"seed": 5}):
        engine.submit(plain(**changes))
    scheduler, seen = engine._scheduler, []
    for _ in range(6):
        group = scheduler.schedule()
        assert group is not None
        request = group.renders[0].ticket.request
        seen.append((request.checkpoint, request.width, len(group.renders)))
    assert seen == [("tiny", 64, 2), ("tiny", 128, 1), ("tiny-v", 64, 1)] * 2
    engine.stop()


def test_a_checkpoint_is_held_while_its_pictures_run_and_let_go_after(checkpoints: CheckpointStore) -> None:
    engine, before = Engine(checkpoints), checkpoints._loaded["tiny"].holders
    engine.submit(plain(steps=2))
    engine.step()
    assert checkpoints._loaded["tiny"].holders == before + 1
    drain(engine)
    assert checkpoints._loaded["tiny"].holders == before
    assert engine._scheduler.is_idle
