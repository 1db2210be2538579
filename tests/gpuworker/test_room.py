"""Jobs among which a worker died keep to themselves; the others run side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

from gpuworker.room import Room
from storage.attempts import Suspicion
from tests.gpuworker.fake_farm import until


def in_thread(act: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def test_suspects_wait_until_the_others_have_left_and_keep_new_ones_out() -> None:
    room, order, leave = Room(threading.Event()), list[str](), threading.Event()

    def enter(name: str, suspicion: Suspicion) -> None:
        with room.entered(suspicion) as let_in:
            assert let_in
            order.append(name)
            leave.wait(60)

    with ExitStack() as inside:
        for _ in range(2):
            assert room.has_place_for(Suspicion.NONE)
            assert inside.enter_context(room.entered(Suspicion.NONE)), "side by side"
        first = in_thread(lambda: enter("suspect", Suspicion.SOME))
        until(lambda: room.highest is Suspicion.SOME)
        assert not room.has_place_for(Suspicion.NONE)
        assert room.has_place_for(Suspicion.SOME), "they are done together"
        second = in_thread(lambda: enter("suspect", Suspicion.SOME))
        late = in_thread(lambda: enter("late", Suspicion.NONE))
        assert order == []
    until(lambda: order == ["suspect", "suspect"])
    leave.set()
    for thread in (first, second, late):
        thread.join(60)
    assert order == ["suspect", "suspect", "late"]
    assert room.has_place_for(Suspicion.NONE)


def test_a_strong_suspect_is_alone_and_further_ones_are_for_other_workers() -> None:
    room, order, leave = Room(threading.Event()), list[str](), threading.Event()

    def enter(name: str) -> None:
        with room.entered(Suspicion.STRONG):
            order.append(name)
            leave.wait(60)

    with room.entered(Suspicion.SOME):
        assert room.has_place_for(Suspicion.STRONG)
        threads = [in_thread(lambda: enter("one"))]
        until(lambda: room.highest is Suspicion.STRONG)
        assert not any(room.has_place_for(suspicion) for suspicion in Suspicion)
        assert order == []
    until(lambda: order == ["one"])
    threads.append(in_thread(lambda: enter("two")))
    leave.wait(0.3)
    assert order == ["one"]
    leave.set()
    for thread in threads:
        thread.join(60)
    assert order == ["one", "two"]


def test_a_worker_that_stops_lets_nobody_in() -> None:
    stop = threading.Event()
    room = Room(stop)
    with room.entered(Suspicion.NONE):
        stop.set()
        with room.entered(Suspicion.STRONG) as let_in:
            assert not let_in
    assert room.highest is Suspicion.NONE
