"""Other work on the device: when its turn comes, whom it fails, and that nobody waits for ever."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import pytest

from gpuworker.engine import turns as turns_module
from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.turns import Turns

STEP = 0.1


class Play:
    """A device on a clock of its own, on which callers and pictures want as much as they get."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.caller = 0
        self.turns = Turns(threading.Event())
        self.had: Counter[int | str] = Counter()
        monkeypatch.setattr(turns_module, "time", SimpleNamespace(perf_counter=lambda: self.now))
        monkeypatch.setattr(
            turns_module, "threading", SimpleNamespace(get_ident=lambda: self.caller, Lock=threading.Lock)
        )

    def ask(self, caller: int, *slices: float, again: bool = False) -> None:
        """A caller wants slices of so many seconds, and the same again when they are done, or not."""
        self.caller = caller
        future = self.turns.add([partial(self._work, caller, seconds) for seconds in slices])
        if again:
            future.add_done_callback(lambda _: self.ask(caller, *slices, again=True))

    def until(self, moment: float, pictures: int = 1) -> Counter[int | str]:
        """Go on until then with so many pictures running; the seconds that each had."""
        self.had = Counter()
        while self.now < moment:
            if self.turns.give(pictures_wait=pictures > 0):
                continue
            if pictures:
                self.now += STEP
                self.had["pictures"] += STEP  # type: ignore[assignment]
                self.turns.count_step(STEP, pictures)
            else:
                self.now = moment
        return self.had

    def _work(self, caller: int, seconds: float) -> None:
        self.now += seconds
        self.had[caller] += seconds  # type: ignore[assignment]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    return Play(monkeypatch)


@pytest.fixture
def turns() -> Turns:
    return Turns(threading.Event())


def test_work_of_equals_is_done_in_order_of_arrival(turns: Turns) -> None:
    done: list[int] = []
    with ThreadPoolExecutor(3) as seats:
        for number in range(3):
            seats.submit(turns.add, [partial(done.append, number)]).result()
    do_all(turns)
    assert sorted(done) == [0, 1, 2]
    assert turns.waiting == 0


@pytest.mark.parametrize("piece", [0.01, 0.1, 1.7])
def test_a_picture_and_one_other_have_half_each_however_long_the_pieces(play: Play, piece: float) -> None:
    play.ask(1, piece, again=True)
    had = play.until(100)
    assert had["pictures"] == pytest.approx(50, abs=2)


def test_callers_share_their_half_equally_however_long_their_pieces(play: Play) -> None:
    for caller, piece in enumerate((0.01, 0.1, 0.5)):
        play.ask(caller, piece, again=True)
    had = play.until(200)
    assert had["pictures"] == pytest.approx(100, abs=5)
    for caller in range(3):
        assert had[caller] == pytest.approx(100 / 3, abs=3)


def test_every_picture_of_a_full_batch_counts_as_much_as_a_caller(play: Play) -> None:
    for caller in range(2):
        play.ask(caller, 0.2, again=True)
    had = play.until(100, pictures=8)
    assert had["pictures"] == pytest.approx(80, abs=2)
    assert had[0] == pytest.approx(10, abs=1)


def test_a_short_piece_goes_before_the_long_ones_that_came_earlier(play: Play) -> None:
    for caller in range(4):
        play.ask(caller, 0.4, again=True)
    play.until(50)
    play.ask(9, 0.01)
    came = play.now
    while not play.had[9]:
        play.until(play.now + 0.01)
    assert play.now - came < 0.4 + STEP + 0.01 + 1e-6, "it waited for one turn or step"


def test_nobody_saves_up_time_that_he_did_not_want(play: Play) -> None:
    play.until(100)
    play.ask(1, 0.1, again=True)
    assert play.until(110)["pictures"] == pytest.approx(5, abs=0.3), "after long without other work"
    play.until(200, pictures=0)
    assert play.until(210)["pictures"] == pytest.approx(5, abs=0.3), "and after long without pictures"


def test_what_pictures_had_while_nobody_else_wanted_it_is_not_owed(play: Play) -> None:
    play.until(100)
    play.until(101, pictures=0)
    play.ask(1, 0.1, again=True)
    play.until(play.now + 0.1, pictures=0)
    assert play.until(play.now + 10)["pictures"] == pytest.approx(5, abs=0.3)


def test_a_turn_has_several_short_slices_but_one_long_one(play: Play) -> None:
    play.ask(1, *[0.02] * 7)
    lengths = []
    while play.turns.waiting:
        before = play.now
        play.turns.give(pictures_wait=False)
        lengths.append(round((play.now - before) / 0.02))
    assert lengths == [3, 3, 1]
    play.ask(2, 0.3, 0.3)
    before = play.now
    play.turns.give(pictures_wait=False)
    assert play.now - before == pytest.approx(0.3)
    assert play.turns.give(pictures_wait=False), "the other slice is left"


def test_callers_that_are_gone_are_forgotten(play: Play) -> None:
    for caller in range(100):
        play.ask(caller, 0.1)
        play.until(play.now + 0.5)
    assert len(play.turns._had) <= 2


def do_all(turns: Turns) -> None:
    while turns.give(pictures_wait=False):
        pass


def test_results_come_in_order_and_slices_are_made_as_they_are_needed(turns: Turns) -> None:
    made: list[int] = []

    def slices() -> Iterator[Callable[[], int]]:
        for number in range(5):
            made.append(number)
            yield partial(time.sleep, 0.06) if number == 1 else lambda number=number: number  # type: ignore[misc]

    future = turns.add(slices())
    turns.give(pictures_wait=False)
    assert made == [0, 1]
    do_all(turns)
    assert future.result(0) == [0, None, 2, 3, 4]


def test_an_error_goes_to_its_caller_alone_and_ends_the_work(turns: Turns) -> None:
    done: list[str] = []
    slices: list[Callable[[], object]] = [lambda: 1 // 0, partial(done.append, "more")]
    failed = turns.add(slices)
    fine = turns.add([lambda: 7])
    do_all(turns)
    assert isinstance(failed.exception(0), ZeroDivisionError)
    assert fine.result(0) == [7]
    assert done == []


def test_a_generator_that_fails_fails_its_caller(turns: Turns) -> None:
    def slices() -> Iterator[Callable[[], int]]:
        yield lambda: 1
        raise KeyError("gone")

    future = turns.add(slices())
    do_all(turns)
    assert isinstance(future.exception(0), KeyError)


def test_cancelled_work_is_not_begun_nor_gone_on_with(turns: Turns) -> None:
    done: list[str] = []
    turns.add([partial(done.append, "cancelled")]).cancel()
    begun = turns.add([partial(time.sleep, 0.06), partial(done.append, "cancelled later")])
    turns.add([partial(done.append, "wanted")])
    turns.give(pictures_wait=False)
    turns.give(pictures_wait=False)
    begun.cancel()
    do_all(turns)
    assert done == ["wanted"]


def test_closing_fails_what_waits_and_takes_no_more(turns: Turns) -> None:
    left, cancelled = turns.add([lambda: 1]), turns.add([lambda: 2])
    cancelled.cancel()
    turns.close(EngineStopped("over"))
    assert str(left.exception(0)) == "over"
    assert turns.waiting == 0
    with pytest.raises(EngineStopped):
        turns.add([lambda: 3])
