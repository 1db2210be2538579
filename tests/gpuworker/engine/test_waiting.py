"""The line of those who wait: in order, open to all threads, closed for good."""

from __future__ import annotations

import threading
import time

import pytest

from gpuworker.engine.errors import DeadlineExceeded, EngineStopped
from gpuworker.engine.ticket import Ticket
from gpuworker.engine.waiting import WaitingLine
from storage.share import Share
from tests.gpuworker.engine.support import failure, plain


@pytest.fixture
def news() -> threading.Event:
    return threading.Event()


@pytest.fixture
def line(news: threading.Event) -> WaitingLine:
    return WaitingLine(news)


def joined(line: WaitingLine, count: int, **changes: object) -> list[Ticket]:
    tickets = [Ticket(plain(**changes)) for _ in range(count)]
    for ticket in tickets:
        line.add(ticket)
    return tickets


def test_who_came_first_is_first(line: WaitingLine, news: threading.Event) -> None:
    first, second, third = joined(line, 3)
    assert list(line) == [first, second, third]
    assert news.is_set()
    line.join(second)
    assert list(line) == [first, third]
    assert len(line) == 2


def test_one_of_another_member_stands_before_the_rest_of_a_large_job(line: WaitingLine) -> None:
    first, second, third = joined(line, 3, share=Share(member="ada"))
    (other,) = joined(line, 1, share=Share(member="ben"))
    assert list(line) == [first, other, second, third]
    line.join(first)
    line.join(second)
    (late,) = joined(line, 1, share=Share(member="carl"))
    assert list(line) == [other, late, third], "level with who joined last, not with who came first"


def test_weights_count(line: WaitingLine) -> None:
    ada = joined(line, 4, share=Share(member="ada", weight=2))
    ben = joined(line, 2, share=Share(member="ben"))
    assert list(line) == [ada[0], ben[0], ada[1], ada[2], ben[1], ada[3]]


def test_the_settled_leave_and_may_bring_others_along(line: WaitingLine) -> None:
    """As whoever tries again does, in the callback of a future."""
    (stays,) = joined(line, 1)
    (late,) = joined(line, 1, deadline=time.monotonic())
    (cancelled,) = joined(line, 1)
    again = Ticket(plain())
    late.future.add_done_callback(lambda _: line.add(again))
    cancelled.future.cancel()
    line.drop_settled()
    assert list(line) == [stays, again]
    assert isinstance(failure(late.future), DeadlineExceeded)


def test_who_comes_while_the_line_is_gone_through_is_not_among_them(line: WaitingLine) -> None:
    joined(line, 2)
    assert sum(bool(joined(line, 1)) for _ in line) == 2
    assert len(line) == 4


def test_a_closed_line_answers_all_and_takes_nobody(line: WaitingLine) -> None:
    (ticket,) = joined(line, 1)
    line.close(EngineStopped("over"))
    assert str(failure(ticket.future)) == "over"
    assert len(line) == 0
    with pytest.raises(EngineStopped):
        line.add(Ticket(plain()))
