"""Other work on the thread of a real engine: its turn among pictures, its failures, its end."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from gpuworker.checkpoints import store as store_module
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.load import load
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.request import StepDone
from tests.gpuworker.engine.support import difference, plain, render_alone


def test_work_runs_on_the_engines_thread_and_outside_inference_mode(checkpoints: CheckpointStore) -> None:
    """There is one thread to a GPU; and training has to be able to keep gradients."""
    with Engine(checkpoints) as engine:
        thread = engine.run(lambda: threading.current_thread().name)
        assert thread == "engine"
        assert not engine.run(torch.is_inference_mode_enabled)


def test_work_and_steps_share_a_real_engine(checkpoints: CheckpointStore) -> None:
    seconds: list[float] = []
    at_end: list[tuple[float, float]] = []

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
        picture.add_done_callback(lambda _: at_end.append((time.perf_counter() - began, sum(seconds))))
        for _ in range(3):
            seats.submit(keep_working)
        assert picture.result(60)
    ((elapsed, worked),) = at_end
    assert worked < 0.75 * elapsed, "no step waits for all that others want"
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

    def slow(name: str, folder: Path, device: torch.device, *rest: Any) -> Checkpoint:
        assert may_load.wait(30)
        return load(name, folder, device, *rest)

    monkeypatch.setattr(store_module, "load", slow)
    with Engine(CheckpointStore(checkpoints_folder, "cpu")) as engine:
        picture = engine.submit(plain())
        began = time.monotonic()
        assert [engine.run(lambda: 1) for _ in range(50)] == [1] * 50
        assert time.monotonic() - began < 20, "each without waiting for the engine to look up from its sleep"
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
            engine.run(lambda: None)  # the one before has ended then
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


def test_steps_go_on_between_the_slices_of_long_work(checkpoints: CheckpointStore) -> None:
    """As training will be done."""
    order: list[str] = []

    def training() -> Iterator[Callable[[], None]]:
        while not picture.done():
            order.append("slice")
            yield lambda: time.sleep(0.06)

    with Engine(checkpoints) as engine:
        picture = engine.submit(plain(steps=24, on_step=lambda done: order.append("step")))
        engine.run_each(training())
        assert picture.result(0)
    assert "slice" in order[order.index("step") : len(order) - order[::-1].index("step")]


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
