"""The order in which jobs are given away, played ahead."""

from __future__ import annotations

from collections import Counter

from storage.fair import Line, Waiting
from storage.fair_order import FairOrder
from storage.share import Urgency


def job(name: str, member: str, urgency: Urgency = Urgency.INTERACTIVE, charge: float = 10) -> Waiting:
    return Waiting(name, member, charge, charge, urgency)


def given(order: FairOrder, *queues: str) -> list[str]:
    """Take until nothing is left."""
    names = list[str]()
    while (found := order.take(queues, queues)) is not None:
        names.append(found[1].job_id)
    return names


def test_who_had_least_is_next_and_what_is_urgent_comes_before_that() -> None:
    waiting = [job("a1", "ada"), job("a2", "ada"), job("b1", "ben"), job("b2", "ben", Urgency.BULK)]
    order = FairOrder({"q": Line(waiting, had={"ada": 0, "ben": 5})})
    assert given(order, "q") == ["a1", "b1", "a2", "b2"]


def test_what_was_had_of_one_queue_counts_in_all_that_a_worker_serves() -> None:
    had = {"ada": 0, "ben": 1}
    lines = {"q": Line([job("a1", "ada")], had=had), "r": Line([job("a2", "ada"), job("b", "ben")], had=had)}
    assert given(FairOrder(lines), "q", "r") == ["a1", "b", "a2"]
    order = FairOrder(lines)
    assert order.take(["r"], ["q", "r"]) is not None, "of a part of what it serves"
    assert given(order, "q", "r") == ["b", "a1"]


def test_an_express_seat_takes_urgent_jobs_of_members_who_are_not_served() -> None:
    order = FairOrder({"q": Line([job("a", "ada"), job("b", "ben", Urgency.BULK)], had={"ada": 0, "ben": 0})})
    assert order.take(["q"], ["q"], Counter({"ada": 1})) is None
    found = order.take(["q"], ["q"], Counter({"ben": 1}))
    assert found is not None
    assert found[1].job_id == "a"


def test_who_comes_later_begins_level_with_whoever_was_served_last() -> None:
    order = FairOrder({"q": Line([job(f"a{number}", "ada") for number in range(4)], had={"ada": 100})})
    assert order.take(["q"], ["q"]) is not None
    order.add("q", job("c1", "cleo"))
    order.add("q", job("c2", "cleo"))
    assert given(order, "q") == ["c1", "a1", "c2", "a2", "a3"]
