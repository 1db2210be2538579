"""What is expected to come is what came lately."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.arrivals import expected, is_expected
from storage.fair import Arrived, Line, Waiting
from storage.share import Urgency


def came(member: str, seconds: float) -> Arrived:
    return Arrived(Waiting("", member, 10, 10, Urgency.INTERACTIVE), seconds)


def test_members_come_at_the_rate_at_which_they_came() -> None:
    line = Line(arrived=tuple(came(f"m{number}", 40.0 - number) for number in range(40)))
    within = [seconds for seconds, _, _ in expected({"q": line}) if seconds < 100]
    assert len(within) == pytest.approx(100, rel=0.1), "one a second"


def test_the_first_to_come_again_is_who_came_first() -> None:
    line = Line(arrived=(came("ada", 20.0), came("ben", 5.0)))
    again = [(queue, job.member) for _, queue, job in islice(expected({"q": line}), 4)]
    assert again == [("q", "ada"), ("q", "ben"), ("q", "ada"), ("q", "ben")]


def test_who_came_alone_tells_no_rate() -> None:
    hundred_at_once = tuple(came("ada", 3.0) for _ in range(90))
    assert list(expected({"q": Line(arrived=hundred_at_once)})) == []
    assert list(expected({"q": Line()})) == []


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 1000)), max_size=40))
def test_there_is_an_order_and_an_end(comings: list[tuple[str, float]]) -> None:
    arrived = tuple(came(member, seconds) for member, seconds in sorted(comings, key=lambda each: -each[1]))
    found = list(expected({"q": Line(arrived=arrived), "other": Line()}))
    assert len(found) < 1000
    assert all(one[0] <= other[0] for one, other in pairwise(found))
    assert all(seconds >= 0 and is_expected(job.job_id) for seconds, _, job in found)
    assert len({job.job_id for _, _, job in found}) == len(found)
