"""Several checkpoints and little memory: everybody is served, nothing is swapped for nothing."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from gpuworker.checkpoints import store as store_module
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.load import load
from gpuworker.checkpoints.memory import Memory
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import DeadlineExceeded
from tests.gpuworker.counting_store import NAMES, Counting, write_three
from tests.gpuworker.engine.support import difference, drain, failure, plain, render_alone


@pytest.fixture(scope="module")
def folder(checkpoints_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three checkpoints of one size."""
    return write_three(checkpoints_folder / "tiny", tmp_path_factory.mktemp("three"))


def test_those_that_take_more_than_half_are_served_one_at_a_time(folder: Path) -> None:
    size = load("red", folder, torch.device("cpu")).bytes
    engine = Engine(CheckpointStore(folder, "cpu", Memory(int(1.9 * size))))
    futures = [engine.submit(plain(checkpoint=name)) for name in NAMES]
    drain(engine)
    assert all(future.result(0) for future in futures)


def test_two_that_fit_are_loaded_once_and_take_turns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Counting(folder, 2, monkeypatch)
    engine = Engine(store)
    futures = [engine.submit(plain(checkpoint=NAMES[i % 2], seed=i, steps=6)) for i in range(6)]
    drain(engine)
    assert sorted(store.loads) == ["green", "red"]
    assert all(future.result(0) for future in futures)


def test_two_of_which_one_fits_change_places_seldom(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty requests, interleaved, of which each would want another checkpoint than the one before."""
    store = Counting(folder, 1, monkeypatch, seconds=0.2)
    finished: list[str] = []
    futures: list[Future[Image.Image]] = []
    with Engine(store, max_rows=4) as engine:
        for i in range(40):
            name = NAMES[i % 2]
            futures.append(engine.submit(plain(checkpoint=name, seed=i, steps=4)))
            futures[-1].add_done_callback(lambda _, name=name: finished.append(name))  # type: ignore[misc]
            time.sleep(0.02)
        assert wait(futures, timeout=60).not_done == set()
    assert len(finished) == 40
    assert 2 <= len(store.loads) <= 12
    assert difference(futures[7].result(0), render_alone(store, plain(checkpoint="green", seed=7))) <= 1


def test_nobody_starves_behind_a_checkpoint_in_demand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Counting(folder, 1, monkeypatch, seconds=0.1)
    stop = threading.Event()
    with Engine(store, max_rows=4) as engine:

        def demand(seed: int = 0) -> None:
            """Two of red are always on their way."""
            if not stop.is_set():
                engine.submit(plain(checkpoint="red", seed=seed)).add_done_callback(
                    lambda _: demand(seed + 1)
                )

        for _ in range(4):
            demand()
        time.sleep(0.5)
        rare = engine.submit(plain(checkpoint="blue"))
        assert rare.result(60)
        stop.set()
    assert store.loads.count("blue") == 1


def test_others_render_while_one_loads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Counting(folder, 2, monkeypatch)
    store.get("red")
    may_load = threading.Event()

    def slow(name: str, folder: Path, device: torch.device, *rest: Any) -> Checkpoint:
        assert may_load.wait(30)
        return load(name, folder, device, *rest)

    monkeypatch.setattr(store_module, "load", slow)
    with Engine(store) as engine:
        waiting = engine.submit(plain(checkpoint="green"))
        for seed in range(3):
            assert engine.submit(plain(checkpoint="red", seed=seed)).result(30)
        late = engine.submit(plain(checkpoint="green", deadline=time.monotonic() + 0.05))
        assert isinstance(late.exception(10), DeadlineExceeded)
        assert not waiting.done()
        may_load.set()
        assert waiting.result(30)


def test_a_checkpoint_that_cannot_be_loaded_fails_those_who_wait_for_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Counting(folder, 1, monkeypatch)
    engine = Engine(store)
    futures = {name: engine.submit(plain(checkpoint=name)) for name in ("nowhere", "red", "elsewhere")}
    drain(engine)
    assert futures["red"].result(0)
    for name in ("nowhere", "elsewhere"):
        assert isinstance(failure(futures[name]), CheckpointError)
        assert repr(name) in str(failure(futures[name]))
