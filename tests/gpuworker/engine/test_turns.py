"""Other work on the device: when its turn comes, whom it fails, and that nobody waits for ever."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from gpuworker.checkpoints import store as store_module
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.load import load
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine import turns as turns_module
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.request import StepDone
from gpuworker.engine.turns import Turns
from tests.gpuworker.engine.support import difference, plain, render_alone


class Clock:
    """Time that passes only when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(turns_module, "time", SimpleNamespace(perf_counter=lambda: self.now))

    def work(self, seconds: float) -> Callable[[], None]:
        """Work that takes so long."""

        def work() -> None:
            self.now += seconds

        return work


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def turns() -> Turns:
    return Turns(threading.Event())


def taken(turns: Turns) -> int:
    """How many pieces of work have their turn before the next step."""
    count = 0
    while turns.are_due(pictures_wait=True):
        turns.take()
        count += 1
    return count


def test_work_is_done_in_order_of_arrival(turns: Turns) -> None:
    done: list[int] = []
    for number in range(3):
        turns.add(lambda number=number: done.append(number))  # type: ignore[misc]
    while turns.are_due(pictures_wait=False):
        turns.take()
    assert done == [0, 1, 2]


def test_after_a_long_step_several_short_pieces_follow(turns: Turns, clock: Clock) -> None:
    for _ in range(9):
        turns.add(clock.work(0.3))
    turns.count_step(1.0)
    assert taken(turns) == 4, "three fit the time of the step, and the fourth begins within it"
    turns.count_step(1.0)
    assert taken(turns) == 3


def test_after_a_long_piece_several_short_steps_follow(turns: Turns, clock: Clock) -> None:
    for _ in range(2):
        turns.add(clock.work(1.0))
    assert taken(turns) == 1, "the first need not wait for a step"
    steps = 0
    while not taken(turns):
        turns.count_step(0.3)
        steps += 1
    assert steps == 4


def test_nobody_saves_up_time_that_he_did_not_want(turns: Turns, clock: Clock) -> None:
    for _ in range(100):
        turns.count_step(1.0)
    for _ in range(9):
        turns.add(clock.work(0.6))
    assert taken(turns) == 2, "as many as after a single step"
    while turns.are_due(pictures_wait=False):
        turns.take()
    turns.add(clock.work(0.1))
    assert taken(turns) == 1, "what was done while no picture was there is not owed to later ones"


def test_an_error_goes_to_its_caller_alone(turns: Turns) -> None:
    failed, fine = turns.add(lambda: 1 // 0), turns.add(lambda: 7)
    while turns.are_due(pictures_wait=False):
        turns.take()
    assert isinstance(failed.exception(0), ZeroDivisionError)
    assert fine.result(0) == 7


def test_cancelled_work_is_not_begun(turns: Turns) -> None:
    done: list[str] = []
    turns.add(lambda: done.append("cancelled")).cancel()
    turns.add(lambda: done.append("wanted"))
    while turns.are_due(pictures_wait=False):
        turns.take()
    assert done == ["wanted"]


def test_closing_fails_what_waits_and_takes_no_more(turns: Turns) -> None:
    left, cancelled = turns.add(lambda: 1), turns.add(lambda: 2)
    cancelled.cancel()
    turns.close(EngineStopped("over"))
    assert str(left.exception(0)) == "over"
    assert turns.waiting == 0
    with pytest.raises(EngineStopped):
        turns.add(lambda: 3)


def test_work_runs_on_the_engines_thread_and_outside_inference_mode(checkpoints: CheckpointStore) -> None:
    """There is one thread to a GPU; and training has to be able to keep gradients."""
    with Engine(checkpoints) as engine:
        thread = engine.run(lambda: threading.current_thread().name)
        assert thread == "engine"
        assert not engine.run(torch.is_inference_mode_enabled)


def test_work_and_steps_have_half_of_the_time_each(checkpoints: CheckpointStore) -> None:
    seconds: list[float] = []

    def work() -> None:
        began = time.perf_counter()
        time.sleep(0.02)
        seconds.append(time.perf_counter() - began)

    def keep_working() -> None:
        while not picture.done():
            engine.run(work)

    with Engine(checkpoints) as engine, ThreadPoolExecutor(3) as seats:
        assert engine.submit(plain(steps=1)).result(30)
        began = time.perf_counter()
        picture = engine.submit(plain(steps=40, on_step=lambda done: time.sleep(0.02)))
        for _ in range(3):
            seats.submit(keep_working)
        assert picture.result(60)
        elapsed, worked = time.perf_counter() - began, sum(seconds)
    assert worked <= elapsed / 2 + max(seconds), "no step waits for all that others want"
    assert len(seconds) >= 20, "nor do others wait until the picture is done"


def test_a_picture_begins_although_there_is_always_work(checkpoints: CheckpointStore) -> None:
    with Engine(checkpoints) as engine, ThreadPoolExecutor(3) as seats:
        stop = threading.Event()

        def keep_working() -> None:
            while not stop.is_set():
                engine.run(lambda: time.sleep(0.02))

        for _ in range(3):
            seats.submit(keep_working)
        time.sleep(0.1)
        try:
            assert engine.submit(plain()).result(30)
        finally:
            stop.set()


def test_work_goes_on_while_a_picture_waits_for_its_checkpoint(
    checkpoints_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_load = threading.Event()

    def slow(name: str, folder: Path, device: torch.device) -> Checkpoint:
        assert may_load.wait(30)
        return load(name, folder, device)

    monkeypatch.setattr(store_module, "load", slow)
    with Engine(CheckpointStore(checkpoints_folder, "cpu")) as engine:
        picture = engine.submit(plain())
        began = time.monotonic()
        assert [engine.run(lambda: 1) for _ in range(50)] == [1] * 50
        assert time.monotonic() - began < 5, "each without waiting for the engine to look up from its sleep"
        assert not picture.done()
        may_load.set()
        assert picture.result(30)


def test_out_of_memory_hits_its_caller_alone(checkpoints: CheckpointStore) -> None:
    def work() -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with Engine(checkpoints) as engine:
        picture = engine.submit(plain(steps=8))
        with pytest.raises(torch.OutOfMemoryError):
            engine.run(work)
        assert difference(picture.result(30), render_alone(checkpoints, plain(steps=8))) <= 1


def test_what_failed_work_held_is_free_at_once(checkpoints: CheckpointStore) -> None:
    """Else smaller tiles would find the memory still full of the larger ones."""
    held: list[weakref.ref[torch.Tensor]] = []

    def work() -> None:
        large = torch.zeros(10)
        held.append(weakref.ref(large))
        raise torch.OutOfMemoryError(str(large.shape))

    with Engine(checkpoints) as engine:
        gc.collect()
        gc.disable()
        try:
            with pytest.raises(torch.OutOfMemoryError) as raised:
                engine.run(work)
            del raised
            assert held[0]() is None
        finally:
            gc.enable()


def test_callbacks_and_work_may_ask_for_work(checkpoints: CheckpointStore) -> None:
    found: list[int] = []

    def on_step(done: StepDone) -> None:
        found.append(engine.run(lambda: done.step))

    with Engine(checkpoints) as engine:
        picture = engine.submit(plain(on_step=on_step))
        picture.add_done_callback(lambda _: found.append(engine.run(lambda: 100)))
        assert picture.result(30)
        assert engine.run(lambda: engine.run(lambda: "inner")) == "inner"
    assert found == [1, 2, 3, 4, 100]


def test_an_engine_stepped_by_hand_does_work_at_once(checkpoints: CheckpointStore) -> None:
    assert Engine(checkpoints).run(lambda: 3) == 3


def test_stopping_ends_the_wait_for_work(checkpoints: CheckpointStore) -> None:
    entered, leave = threading.Event(), threading.Event()

    def long() -> str:
        entered.set()
        leave.wait(30)
        return "done"

    with ThreadPoolExecutor(3) as seats:
        engine = Engine(checkpoints)
        engine.start()
        running = seats.submit(engine.run, long)
        assert entered.wait(30)
        waiting = seats.submit(engine.run, lambda: "begun")
        while not engine._turns.waiting:
            time.sleep(0.01)
        stopping = seats.submit(engine.stop)
        leave.set()
        stopping.result(30)
        assert running.result(30) == "done"
        assert isinstance(waiting.exception(30), EngineStopped)
    with pytest.raises(EngineStopped):
        engine.run(lambda: 1)


def test_a_time_out_in_the_waiting_thread_withdraws_the_work(checkpoints: CheckpointStore) -> None:
    """RQ ends a job by an exception that it raises in the seat's thread from another one."""
    entered, leave, begun = threading.Event(), threading.Event(), threading.Event()
    raised: list[BaseException] = []

    def long() -> None:
        entered.set()
        leave.wait(30)

    def seat() -> None:
        try:
            engine.run(begun.set)
        except TimeoutError as error:
            raised.append(error)

    with Engine(checkpoints) as engine, ThreadPoolExecutor(1) as other:
        other.submit(engine.run, long)
        assert entered.wait(30)
        thread = threading.Thread(target=seat)
        thread.start()
        while not engine._turns.waiting:
            time.sleep(0.01)
        assert thread.ident is not None
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TimeoutError)
        )
        thread.join(30)
        assert not thread.is_alive()
        leave.set()
        engine.run(lambda: None)
    assert len(raised) == 1
    assert not begun.is_set()
