"""The farm played ahead."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import pytest

from storage.fair import Arrived, Line, Taken, Waiting
from storage.forecast import forecast
from storage.share import Urgency
from storage.shelf import Shelf


@dataclass(frozen=True)
class Machine:
    """A worker that does one megapixel-step a second, however large the passes are."""

    seats: int = 1
    queues: tuple[str, ...] = ("q",)
    loaded: tuple[str, ...] = ("q",)
    displaces: tuple[str, ...] = ()

    def shelf(self) -> Shelf | None:
        if set(self.queues) <= set(self.loaded):
            return None
        return Shelf(list(self.loaded), set(self.displaces), loading=5.0)

    def speed(self, queue: str, megapixels: float) -> float:
        return 1.0


def job(name: str, member: str = "ada", work: float = 10, urgency: Urgency = Urgency.INTERACTIVE) -> Waiting:
    return Waiting(name, member, work, work, urgency, passes=10)


def came(job: Waiting, moment: float) -> Waiting:
    return replace(job, came=moment)


def seconds(line: Line, *machines: Machine) -> dict[str, float]:
    return {name: each.seconds for name, each in forecast({"q": line}, machines).items()}


def test_one_after_the_other() -> None:
    found = forecast({"q": Line([job("a"), job("b", work=5)])}, [Machine()])
    assert [(name, each.place, each.seconds) for name, each in found.items()] == [("a", 1, 10), ("b", 2, 15)]


def test_jobs_side_by_side_share_the_passes() -> None:
    assert seconds(Line([job("a"), job("b")]), Machine(seats=2)) == {"a": 20, "b": 20}
    small = Waiting("small", "ben", 2, 2, Urgency.INTERACTIVE, passes=2)
    found = seconds(Line([job("a"), small]), Machine(seats=2))
    assert found == {"small": pytest.approx(4), "a": pytest.approx(12)}, "a step of each in every pass"


def test_workers_work_side_by_side() -> None:
    assert seconds(Line([job("a"), job("b"), job("c")]), Machine(), Machine()) == {"a": 10, "b": 10, "c": 20}


def test_members_take_turns() -> None:
    line = Line([*(job(f"a{number}") for number in range(50)), job("b", "ben")], had={"ada": 100, "ben": 100})
    assert seconds(line, Machine())["b"] <= 20


def test_who_had_much_waits_for_the_others() -> None:
    line = Line([job("a"), job("b", "ben"), job("c", "ben")], had={"ada": 115, "ben": 100})
    assert seconds(line, Machine()) == {"b": 10, "c": 20, "a": 30}


def test_what_is_urgent_goes_first() -> None:
    line = Line([job("a", urgency=Urgency.RELAXED), job("b", urgency=Urgency.BULK), job("c")])
    assert list(seconds(line, Machine())) == ["c", "b", "a"]


def test_what_runs_has_been_running() -> None:
    line = Line([job("a")], [Taken("now", 10, seconds=4, passes=10)])
    found = forecast({"q": line}, [Machine()])
    assert found["now"].place is None
    assert found["now"].seconds == pytest.approx(6)
    assert found["a"].seconds == pytest.approx(16)
    late = Line([], [Taken("now", 10, seconds=400, passes=10)])
    assert 0 < seconds(late, Machine())["now"] < 1


def test_what_nobody_serves_is_not_foreseen() -> None:
    assert forecast({"q": Line([job("a")], [Taken("b", 1, 1)])}, [Machine(queues=("other",))]) == {}
    assert forecast({"q": Line([job("a")])}, []) == {}


def test_thousands_of_jobs_of_many_members_are_foreseen_quickly() -> None:
    line = Line([job(f"{number}", f"m{number % 300}") for number in range(6000)])
    began = time.process_time()
    assert len(seconds(line, Machine(seats=8), Machine(seats=8))) == 6000
    assert time.process_time() - began < 2
    assert len(forecast({"q": line}, [Machine(seats=8)], until={"5"})) < 1000


def often(member: str) -> tuple[Arrived, ...]:
    """Somebody who asks for a job of 5 seconds every 10."""
    wish = Waiting("", member, 5, 5, Urgency.INTERACTIVE, passes=5)
    return tuple(Arrived(wish, seconds) for seconds in range(100, 0, -10))


def test_who_has_had_much_waits_for_those_who_are_yet_to_come() -> None:
    waiting = [job(f"a{number}") for number in range(10)]
    alone = seconds(Line(waiting), Machine())
    beside = seconds(Line(waiting, arrived=often("ben")), Machine())
    assert alone["a9"] == 100
    assert beside["a9"] == pytest.approx(170, rel=0.1), "nearly half of the time is another's"
    assert beside["a0"] == alone["a0"]
    assert beside.keys() == alone.keys(), "nobody is told of jobs that nobody asked for"


def test_places_are_among_the_jobs_that_are_there() -> None:
    found = forecast({"q": Line([job("a"), job("b")], arrived=often("ben"))}, [Machine()])
    assert [found[name].place for name in "ab"] == [1, 2]


def test_ones_own_next_jobs_hold_up_none_of_ones_own() -> None:
    line = Line([job("a"), job("b")], arrived=often("ada"))
    assert seconds(line, Machine()) == {"a": 10, "b": 20}


def test_a_farm_to_which_more_come_than_it_does_is_foreseen_to_an_end() -> None:
    wishes = (Arrived(job("", member, work=500), place / 10) for place, member in enumerate("zyxwvut"))
    line = Line([job(f"a{number}") for number in range(5)], arrived=tuple(wishes)[::-1])
    assert seconds(line, Machine()).keys() == {f"a{number}" for number in range(5)}
    assert forecast({"q": line}, []) == {}


def test_who_has_nothing_running_takes_the_express_seat() -> None:
    running = [Taken(f"r{number}", 100, seconds=0, passes=20, member="ada") for number in range(2)]
    line = Line([job("a"), job("b", "ben"), job("b2", "ben")], running, had={"ada": 50, "ben": 50})
    found = seconds(line, Machine(seats=2))
    assert found["b"] < found["r0"] < found["a"]
    assert found["b"] < found["b2"]
    assert seconds(line, Machine(seats=1))["b"] > 100, "a single seat is a single seat"


def test_what_must_be_loaded_first_takes_that_long() -> None:
    both = Machine(queues=("q", "rare"))
    found = forecast({"rare": Line([job("a"), job("b")])}, [both])
    assert [each.seconds for each in found.values()] == [pytest.approx(15), pytest.approx(25)]


def test_what_would_displace_something_in_use_waits_until_it_is_overdue() -> None:
    both = Machine(queues=("q", "rare"), displaces=("rare",))
    busy = Line([job(f"a{number}") for number in range(30)], had={"ada": 0})
    rare = Line([came(job("b", "ben"), -12), came(job("c", "ben"), -3)], had={"ben": 0})
    found = forecast({"q": busy, "rare": rare}, [both])
    # Ten times five seconds after it came the worker takes it, with the end of a job, and loads it.
    assert [found[name].seconds for name in ("b", "c")] == [pytest.approx(55), pytest.approx(65)]
    waits = [found[f"a{number}"].seconds for number in range(30)]
    assert waits[:4] == [10, 20, 30, 40]
    assert waits[4] == 65 + 1.25 + 5 + 10, "what was displaced is loaded again when the others are done"


def test_an_idle_worker_leaves_to_another_what_that_has_at_hand() -> None:
    there = Machine(queues=("q",))
    elsewhere = Machine(queues=("q", "other"), loaded=("other",), displaces=("q",))
    lines = {"q": Line([job("a"), job("b", "ben"), job("c", "cleo")])}
    found = forecast(lines, [there, elsewhere])
    # Twice as long as loading takes the idle one leaves them alone, and then it has to load.
    assert [round(found[name].seconds) for name in ("a", "b", "c")] == [10, 20, 25]


def test_what_comes_later_is_taken_when_it_is_overdue() -> None:
    both = Machine(queues=("q", "rare"), displaces=("rare",))
    ones = [Arrived(job("x", "dora", work=1), seconds) for seconds in (300.0, 200.0, 100.0, 50.0)]
    busy = Line([job(f"a{number}", "ada") for number in range(40)])
    found = forecast({"q": busy, "rare": Line(arrived=tuple(ones))}, [both])
    assert len(found) == 40
    assert max(each.seconds for each in found.values()) > 400 + 5, "some rare job was loaded in between"
