"""What must be true of every history, whatever was killed: each rule gives a sentence for each violation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from storage.attempts import MOST_DEATHS
from tests.chaos.history import Event, History, What

_MAY_HAVE_MADE_IT: frozenset[What] = frozenset({"ended", "again", "died", "silenced", "hedged"})
_REASONS: tuple[What, ...] = ("died", "silenced", "taken back", "handed back", "hedged")
"""For each of these a job may be begun once more; of one death both who killed and who noticed tell."""


def violations(history: History) -> list[str]:
    """Check every rule."""
    return [sentence for rule in RULES for sentence in rule(history)]


def by_job(history: History) -> dict[str, list[Event]]:
    """Give the events of each job."""
    found = defaultdict(list)
    for event in history.events:
        found[event.job].append(event)
    return dict(found)


def answered_once(history: History) -> Iterator[str]:
    """Every accepted job is posted or told about, and none twice."""
    for job, events in by_job(history).items():
        answers = [event.what for event in events if event.what in ("posted", "told")]
        accepted = any(event.what == "accepted" for event in events)
        if accepted and not answers:
            yield f"{job} was accepted, and nobody heard of it again"
        if len(answers) > 1:
            yield f"{job} was answered {len(answers)} times: {', '.join(answers)}"
        if answers and not accepted:
            yield f"{job} was answered, and nobody asked for it"


def delivered_by_its_process(history: History) -> Iterator[str]:
    """What becomes of a job is told by the process of the bot that has its server, and once."""
    for job, events in by_job(history).items():
        owners = {event.who for event in events if event.what == "accepted"}
        told = [event.who for event in events if event.what == "delivered"]
        if len(told) > 1:
            yield f"{job} was delivered {len(told)} times, by {', '.join(told)}"
        for who in told:
            if who.rpartition(".")[0] not in owners:
                yield f"{job} was delivered by {who}, which does not have its server"


def nothing_runs_after_its_result(history: History) -> Iterator[str]:
    """No worker begins a job whose result was out when it asked, unless Redis lost that."""
    for job, events in by_job(history).items():
        ends = [event.at for event in events if event.what == "ended"]
        lost = sum(event.what == "forgotten" for event in events)
        if len(ends) > 1 + lost:
            yield f"{job} has {len(ends)} results"
        late = [event for event in events if event.what == "began" and ends and event.at > min(ends)]
        for event in () if lost else late:
            yield f"{job} was begun by {event.who} {event.at - min(ends):.1f} s after its result"


def posted_only_with_a_result(history: History) -> Iterator[str]:
    """What is posted was made by a worker.

    One that was silenced may have sent its result and never noted so: it died, or the answer of Redis was
    lost, and what it then sent once more was there already.
    """
    for job, events in by_job(history).items():
        whats = {event.what for event in events}
        if "posted" in whats and not ("began" in whats and whats & _MAY_HAVE_MADE_IT):
            yield f"{job} was posted, and no worker made it"


def attempts_are_counted(history: History) -> Iterator[str]:
    """A job runs once, and once more for each reason; after MOST_DEATHS it is set aside.

    A worker that was silent for long counts as dead.
    """
    for job, events in by_job(history).items():
        count = Counter(event.what for event in events)
        allowed = 1 + sum(count[reason] for reason in _REASONS)
        if count["began"] > allowed:
            yield f"{job} was begun {count['began']} times, and there are reasons for {allowed}"
        if count["died"] > MOST_DEATHS:
            yield f"{job} was given to another worker after {count['died'] - 1} had died over it"
        deaths = count["died"] + count["silenced"] + count["taken back"]
        if count["set aside"] and deaths < MOST_DEATHS:
            yield f"{job} was set aside after {deaths} deaths"


def nothing_is_left(history: History) -> Iterator[str]:
    """Queues, registries and streams are empty, rows closed, messages finished."""
    for name, count in sorted(history.left.counts.items()):
        if count:
            yield f"{name} still holds {count}"
    yield from (f"the row of {job} is open" for job in history.left.open_rows)
    yield from (f"a message still says: {said}" for said in history.left.unfinished_messages)


def pictures_and_rows_agree(history: History) -> Iterator[str]:
    """Every picture of a row is stored, and every stored one belongs to a row.

    Of a job that was begun and came to nothing, the one picture may be there: a worker that was silent for
    too long brought it.
    """
    left = history.left
    yield from (f"picture {blob} is in a row, and not stored" for blob in left.blobs_of_rows - left.blobs)
    orphans = sorted(left.blobs - left.blobs_of_rows)
    whats = [{event.what for event in events} for events in by_job(history).values()]
    if len(orphans) > sum(each >= {"began", "told"} for each in whats):
        yield from (f"picture {blob} is stored, and in no row" for blob in orphans)


def only_pictures_are_paid(history: History) -> Iterator[str]:
    """Jobs that brought nothing cost nothing."""
    yield from (f"{job} cost credits and brought nothing" for job in history.left.charged_without_pictures)


def the_ledger_adds_up(history: History) -> Iterator[str]:
    """Accounts hold what they were given, nothing is reserved, and who was posted pictures paid once."""
    left = history.left
    yield from (f"the account {account} is not the sum of its transfers" for account in left.wrong_accounts)
    yield from (f"the account {account} still holds something for a job" for account in left.reserved)
    for job, times in sorted(Counter(left.paid).items()):
        if times > 1:
            yield f"{job} was paid {times} times"
        elif all(event.what != "posted" for event in by_job(history).get(job, ())):
            yield f"{job} was paid, and never posted"


RULES: tuple[Callable[[History], Iterator[str]], ...] = (
    answered_once,
    delivered_by_its_process,
    nothing_runs_after_its_result,
    posted_only_with_a_result,
    attempts_are_counted,
    nothing_is_left,
    pictures_and_rows_agree,
    only_pictures_are_paid,
    the_ledger_adds_up,
)
