"""The life of a request: cancelled, late, failed, or told of every step."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import CancelledError, Future, wait

import pytest
from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import DeadlineExceeded, EngineStopped
from gpuworker.engine.request import StepDone
from tests.gpuworker.engine.support import (
    difference,
    drain,
    failure,
    plain,
    render_alone,
)
from tests.gpuworker.fake_farm import until


def test_a_thread_renders_what_other_threads_submit(checkpoints: CheckpointStore) -> None:
    with Engine(checkpoints) as engine:
        futures = [engine.submit(plain(seed=i)) for i in range(3)]
        pictures = [future.result(30) for future in futures]
        time.sleep(0.05)
        futures.append(engine.submit(plain(seed=0)))
        assert difference(futures[-1].result(30), pictures[0]) <= 1


def test_speed_is_counted_by_checkpoint(checkpoints: CheckpointStore) -> None:
    engine = Engine(checkpoints)
    assert engine.stats().steps_per_second == {}
    engine.submit(plain())
    engine.submit(plain(checkpoint="tiny-v", steps=2))
    drain(engine)
    assert engine.stats().running == engine.stats().waiting == 0
    assert set(engine.stats().steps_per_second) == {"tiny", "tiny-v"}
    assert all(speed > 1 for speed in engine.stats().steps_per_second.values())


def test_cancelling_between_steps_frees_the_place(checkpoints: CheckpointStore) -> None:
    engine = Engine(checkpoints, max_rows=2)
    running, waiting, last = (engine.submit(plain(seed=i)) for i in range(3))
    engine.step()
    assert running.cancel()
    assert waiting.cancel()
    drain(engine)
    assert wait([running, waiting, last], timeout=0).not_done == set()
    with pytest.raises(CancelledError):
        running.result(0)
    assert difference(last.result(0), render_alone(checkpoints, plain(seed=2))) <= 1


def test_cancelling_from_the_progress_callback(checkpoints: CheckpointStore) -> None:
    engine = Engine(checkpoints)
    futures: list[Future[Image.Image]] = []

    def on_step(done: StepDone) -> None:
        futures[0].cancel()

    futures.append(engine.submit(plain(on_step=on_step)))
    drain(engine)
    assert futures[0].cancelled()


def test_a_deadline_passes_while_running_and_while_waiting(checkpoints: CheckpointStore) -> None:
    engine = Engine(checkpoints, max_rows=2)
    running = engine.submit(plain(deadline=time.monotonic() + 0.2, on_step=lambda done: time.sleep(0.15)))
    waiting = engine.submit(plain(deadline=time.monotonic() + 0.1))
    drain(engine)
    for future in (running, waiting):
        assert isinstance(failure(future), DeadlineExceeded)
        assert "in time" in str(failure(future))


def test_every_step_is_told_with_a_preview(checkpoints: CheckpointStore) -> None:
    told: list[StepDone] = []
    sizes: list[tuple[int, int]] = []

    def on_step(done: StepDone) -> None:
        told.append(done)
        sizes.append(done.preview().size)

    render_alone(checkpoints, plain(width=128, height=64, on_step=on_step))
    assert [(done.step, done.steps) for done in told] == [(i, 4) for i in (1, 2, 3, 4)]
    assert sizes == [(16, 8)] * 4


def test_a_callback_that_raises_loses_its_own_picture_only(checkpoints: CheckpointStore) -> None:
    def on_step(done: StepDone) -> None:
        if done.step == 2:
            raise ValueError("no more pictures for you")

    engine = Engine(checkpoints)
    mate, poisoned = engine.submit(plain()), engine.submit(plain(seed=2, on_step=on_step))
    drain(engine)
    assert str(failure(poisoned)) == "no more pictures for you"
    assert difference(mate.result(0), render_alone(checkpoints, plain())) <= 1


def test_a_checkpoint_that_is_not_there_fails_its_request_only(checkpoints: CheckpointStore) -> None:
    engine = Engine(checkpoints)
    lost, mate = engine.submit(plain(checkpoint="nowhere")), engine.submit(plain())
    drain(engine)
    assert isinstance(failure(lost), CheckpointError)
    assert mate.result(0)


def test_the_engine_survives_a_step_that_fails(
    checkpoints: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Engine(checkpoints) as engine:
        monkeypatch.setattr(engine, "_speeds", None)
        with pytest.raises(AttributeError):
            engine.submit(plain()).result(30)
        monkeypatch.setattr(engine, "_speeds", {})
        assert engine.submit(plain()).result(30)


def test_a_callback_of_a_future_may_submit(checkpoints: CheckpointStore) -> None:
    """As whoever tries again does, at once, when a deadline passed."""
    engine = Engine(checkpoints)
    again: list[Future[Image.Image]] = []
    late = engine.submit(plain(deadline=time.monotonic()))
    late.add_done_callback(lambda _: again.append(engine.submit(plain())))
    drain(engine)
    assert isinstance(failure(late), DeadlineExceeded)
    assert again[0].result(0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_is_killed_answers_everybody(checkpoints: CheckpointStore) -> None:
    def on_step(done: StepDone) -> None:
        raise SystemExit

    engine = Engine(checkpoints, max_rows=2)
    running, waiting = engine.submit(plain(on_step=on_step)), engine.submit(plain())
    engine.start()
    for future in (running, waiting):
        assert isinstance(future.exception(30), EngineStopped)
    with pytest.raises(EngineStopped):
        engine.submit(plain())
    engine.stop()


def test_a_step_that_hangs_is_seen_and_an_idle_engine_does_not_hang(checkpoints: CheckpointStore) -> None:
    seen: list[float] = []
    with Engine(checkpoints) as engine:

        def on_step(done: StepDone) -> None:
            time.sleep(0.05)
            seen.append(engine.turn_seconds)

        engine.submit(plain(on_step=on_step)).result(30)
        assert min(seen) >= 0.05
        until(lambda: engine.turn_seconds == 0)


def test_a_crowd_of_threads_that_submit_and_cancel_is_answered(checkpoints: CheckpointStore) -> None:
    futures: list[Future[Image.Image]] = []

    def member(number: int) -> None:
        dice = random.Random(number)
        for _ in range(8):
            deadline = dice.choice([None, None, time.monotonic() + dice.random() / 5])
            request = plain(steps=dice.randint(1, 4), width=dice.choice([64, 72]), deadline=deadline)
            futures.append(engine.submit(request))
            time.sleep(dice.random() / 50)
            if dice.random() < 0.3:
                futures[-1].cancel()

    with Engine(checkpoints, max_rows=6) as engine:
        members = [threading.Thread(target=member, args=(number,)) for number in range(4)]
        for thread in members:
            thread.start()
        for thread in members:
            thread.join()
        assert wait(futures, timeout=60).not_done == set()
        while engine.stats().running:
            time.sleep(0.01)
        assert engine.stats().waiting == 0
    for future in futures:
        assert (
            future.cancelled() or future.exception() is None or isinstance(failure(future), DeadlineExceeded)
        )


def test_stopping_answers_everybody(checkpoints: CheckpointStore) -> None:
    entered = threading.Event()
    with Engine(checkpoints, max_rows=2) as engine:
        running = engine.submit(plain(steps=100, on_step=lambda done: entered.set()))
        waiting = engine.submit(plain())
        entered.wait(30)
    for future in (running, waiting):
        assert isinstance(failure(future), EngineStopped)
    with pytest.raises(EngineStopped):
        engine.submit(plain())
