"""What was with a worker when a fault hit it is told for it, however late that hit."""

from __future__ import annotations

from tests.chaos.history import Event
from tests.chaos.plan import Kind
from tests.chaos.struck import Strike, struck_by

WORKED = [
    Event(1.0, "began", "done", "worker 1.1"),
    Event(2.0, "began", "long", "worker 1.1"),
    Event(2.1, "began", "long", "worker 2.1"),
    Event(3.0, "ended", "done", "worker 1.1"),
    Event(5.5, "began", "late", "worker 1.1"),
    Event(9.0, "again", "long", "worker 2.1"),
]


def struck(kind: Kind, who: str = "worker 1.1") -> list[tuple[str, str, str]]:
    return [(each.what, each.job, each.who) for each in struck_by([Strike(5.0, 6.0, kind, who)], WORKED)]


def test_a_killed_worker_died_over_whatever_it_had_begun() -> None:
    mine = [("died", "long", "worker 1.1"), ("died", "late", "worker 1.1")]
    assert struck(Kind.KILL_WORKER) == mine
    assert struck(Kind.KILL_WORKER, "worker 1.2") == []


def test_a_pause_silences_one_worker_and_a_cut_all_of_them() -> None:
    assert struck(Kind.PAUSE_WORKER, "worker 2.1") == [("silenced", "long", "worker 2.1")]
    assert len(struck(Kind.CUT)) == 3
    assert struck(Kind.BREAK) == []


def test_a_killed_redis_may_have_forgotten_what_it_just_heard() -> None:
    assert ("forgotten", "done", "") in struck(Kind.KILL_REDIS)
    assert ("forgotten", "long", "") not in struck(Kind.KILL_REDIS)
