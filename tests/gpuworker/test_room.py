"""A job that may have killed a worker runs alone; the others run side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

from gpuworker.room import Room
from tests.gpuworker.fake_farm import until


def in_thread(act: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def test_a_suspect_waits_until_the_others_have_left_and_keeps_new_ones_out() -> None:
    room, order, leave = Room(threading.Event()), list[str](), threading.Event()

    def enter(name: str, alone: bool) -> None:
        with room.entered(alone=alone) as let_in:
            assert let_in
            order.append(name)
            leave.wait(5)

    with ExitStack() as inside:
        assert inside.enter_context(room.entered(alone=False))
        assert inside.enter_context(room.entered(alone=False)), "side by side"
        suspect = in_thread(lambda: enter("suspect", True))
        until(lambda: room.closed)
        late = in_thread(lambda: enter("late", False))
        assert order == []
    until(lambda: order == ["suspect"])
    assert room.closed
    leave.set()
    suspect.join(5)
    late.join(5)
    assert order == ["suspect", "late"]
    assert not room.closed


def test_a_worker_that_stops_lets_nobody_in() -> None:
    stop = threading.Event()
    room = Room(stop)
    with room.entered(alone=False):
        stop.set()
        with room.entered(alone=True) as let_in:
            assert not let_in
    assert not room.closed
