"""Each rule finds the history that breaks it, and nothing in one that breaks none."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.chaos import checker
from tests.chaos.checker import RULES, violations
from tests.chaos.history import Event, History, Left, What, Writes, read_events

GOOD: list[What] = ["accepted", "began", "ended", "posted"]
DIED_WITH_ITS_RESULT_OUT: list[What] = ["accepted", "began", "died", "posted"]
THE_ANSWER_WAS_LOST: list[What] = ["accepted", "began", "silenced", "again", "posted"]
LOST: list[What] = ["began", "ended", "forgotten", "silenced"]
REDIS_LOST_IT: list[What] = ["accepted", *LOST, "began", "ended", "posted"]
NOT_HEARD: list[What] = ["began", "taken back", "began", "taken back", "began", "taken back"]
A_SLOW_MACHINE: list[What] = ["accepted", *NOT_HEARD, "set aside", "told"]
TWICE_DIED: list[What] = ["accepted", "began", "died", "began", "died", "began", "ended", "again", "posted"]
HANDED_BACK: list[What] = ["accepted", "began", "handed back", "began", "hedged", "began", "ended", "posted"]
DEATHS: list[What] = ["began", "died", "began", "died", "began", "died"]
SET_ASIDE: list[What] = ["accepted", *DEATHS, "set aside", "told"]
KILLER: list[What] = ["accepted", *DEATHS, "began", "died", "told"]
GOOD_HISTORIES = [
    *(GOOD, DIED_WITH_ITS_RESULT_OUT, THE_ANSWER_WAS_LOST, TWICE_DIED, HANDED_BACK, SET_ASIDE),
    *(REDIS_LOST_IT, A_SLOW_MACHINE),
]


def history(*whats: What, left: Left | None = None) -> History:
    """Something each two seconds, all of it to one job."""
    events = (Event(2.0 * place, what, "job", f"worker {place}") for place, what in enumerate(whats))
    return History(tuple(events), left or Left())


def delivered(whats: Sequence[What], *by: str) -> History:
    """The same, in a server of the first process of the bot, and then told by these."""
    accepted = Event(0.0, "accepted", "job", "bot 1")
    told = (Event(20.0, "delivered", "job", who) for who in by)
    return History((accepted, *history(*whats[1:]).events, *told))


@pytest.mark.parametrize("whats", GOOD_HISTORIES)
def test_a_history_as_it_should_be_breaks_no_rule(whats: list[What]) -> None:
    assert violations(history(*whats, left=Left(counts={"queue": 0}))) == []


BROKEN: dict[Callable[[History], Iterator[str]], list[tuple[History, str]]] = {
    checker.answered_once: [
        (history("accepted", "began", "ended"), "nobody heard of it again"),
        (history(*GOOD, "posted"), "answered 2 times: posted, posted"),
        (history(*GOOD, "told"), "answered 2 times: posted, told"),
        (history("began", "ended", "posted"), "nobody asked for it"),
    ],
    checker.delivered_by_its_process: [
        (delivered(GOOD, "bot 1.1", "bot 1.2"), "delivered 2 times, by bot 1.1, bot 1.2"),
        (delivered(GOOD, "bot 2.1"), "by bot 2.1, which does not have its server"),
    ],
    checker.nothing_runs_after_its_result: [
        (
            history("accepted", "began", "hedged", "ended", "posted", "began"),
            "begun by worker 5 4.0 s after its result",
        ),
        (history("accepted", "began", "ended", "ended", "posted"), "has 2 results"),
    ],
    checker.posted_only_with_a_result: [
        (history("accepted", "posted"), "no worker made it"),
        (history("accepted", "began", "posted"), "no worker made it"),
        (history("accepted", "began", "handed back", "posted"), "no worker made it"),
        (history("accepted", "died", "posted"), "no worker made it"),
    ],
    checker.attempts_are_counted: [
        (
            history("accepted", "began", "began", "ended", "posted"),
            "begun 2 times, and there are reasons for 1",
        ),
        (history(*KILLER), "after 3 had died over it"),
        (history("accepted", "began", "died", "set aside", "told"), "set aside after 1 deaths"),
    ],
    checker.nothing_is_left: [
        (history(*GOOD, left=Left(counts={"rq:wip:checkpoint:pocket": 2})), "still holds 2"),
        (history(*GOOD, left=Left(open_rows=("job",))), "the row of job is open"),
        (history(*GOOD, left=Left(unfinished_messages=("▰▱",))), "a message still says: ▰▱"),
    ],
    checker.pictures_and_rows_agree: [
        (history(*GOOD, left=Left(blobs=frozenset("a"))), "is stored, and in no row"),
        (history(*GOOD, left=Left(blobs_of_rows=frozenset("a"))), "is in a row, and not stored"),
    ],
    checker.only_pictures_are_paid: [
        (history(*GOOD, left=Left(charged_without_pictures=("job",))), "brought nothing"),
    ],
    checker.the_ledger_adds_up: [
        (history(*GOOD, left=Left(wrong_accounts=("house:1",))), "house:1 is not the sum"),
        (history(*GOOD, left=Left(reserved=("held:1:2",))), "held:1:2 still holds something"),
        (history(*GOOD, left=Left(paid=("job", "job"))), "paid 2 times"),
        (history("accepted", "began", "ended", "told", left=Left(paid=("job",))), "never posted"),
    ],
}


def test_who_has_the_server_may_deliver_in_any_of_its_lives() -> None:
    assert violations(delivered(GOOD, "bot 1.3")) == []


def test_a_picture_of_a_job_that_came_to_nothing_may_be_there() -> None:
    assert violations(history(*A_SLOW_MACHINE, left=Left(blobs=frozenset("a")))) == []
    assert violations(history(*A_SLOW_MACHINE, left=Left(blobs=frozenset("ab"))))


def test_every_rule_is_tried() -> None:
    assert set(BROKEN) == set(RULES)


@pytest.mark.parametrize(
    ("rule", "broken", "sentence"),
    [(rule, broken, sentence) for rule, cases in BROKEN.items() for broken, sentence in cases],
)
def test_a_rule_finds_what_breaks_it_and_is_the_only_one(
    rule: Callable[[History], Iterator[str]], broken: History, sentence: str
) -> None:
    (found,) = rule(broken)
    assert sentence in found
    assert violations(broken) == [found]


def test_what_a_worker_logs_is_its_history(tmp_path: Path) -> None:
    log, file = logging.getLogger("tests.chaos.worker"), tmp_path / "worker.jsonl"
    log.setLevel(logging.DEBUG)
    log.addHandler(writes := Writes(file, "worker 1"))
    writes.asking()
    asked = time.time()
    time.sleep(0.01)
    log.debug("job %s: %s with %s", "a", "imagine", "pocket")
    log.warning("job %s: its worker is silent; back to the queue", "a")
    log.info("something else about %s", "a")
    log.info("job %s: %s%s", "a", "imagine with pocket", "")
    log.info("job %s: %s%s", "a", "imagine with pocket", " (again)")
    with file.open("a") as cut_off:
        cut_off.write('{"at": 1, "wha')
    events = read_events([file])
    assert [(event.what, event.job, event.who) for event in events] == [
        (what, "a", "worker 1") for what in ("began", "taken back", "ended", "again")
    ]
    assert events[0].at <= asked < events[1].at
