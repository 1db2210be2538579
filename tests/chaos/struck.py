"""Whom a fault hit: what a worker that was killed or silent could not write into the history itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.chaos.history import Event
from tests.chaos.plan import Kind

_UNWRITTEN_SECONDS = 5.0
"""While its disk is slow, Redis answers for two seconds before it writes (`appendfsync everysec`)."""


@dataclass(frozen=True, slots=True)
class Strike:
    """What hit whom, and from when to when."""

    since: float
    until: float
    kind: Kind
    who: str

    def silenced(self, run: Run) -> bool:
        """Whether nobody may have heard of this run for a while, although its worker lived."""
        everybody = self.kind in (Kind.PAUSE_REDIS, Kind.KILL_REDIS, Kind.CUT)
        hit = everybody or (self.kind is Kind.PAUSE_WORKER and run.who == self.who)
        return hit and run.since <= self.until and run.until >= self.since


@dataclass(frozen=True, slots=True)
class Run:
    """A worker's work on a job: until for ever if it never said how that ended."""

    job: str
    who: str
    since: float
    until: float = math.inf


def runs_of(worked: Sequence[Event]) -> list[Run]:
    """List what each worker did of each job; in one life it may begin a job more than once."""
    runs: list[Run] = []
    for event in worked:
        if event.what == "began":
            runs.append(Run(event.job, event.who, event.at))
        elif event.what in ("ended", "again", "handed back"):
            mine = [run for run in runs if (run.job, run.who, run.until) == (event.job, event.who, math.inf)]
            if mine:
                runs[runs.index(mine[0])] = replace(mine[0], until=event.at)
    return runs


def struck_by(strikes: Sequence[Strike], worked: Sequence[Event]) -> list[Event]:
    """Tell which jobs were with a worker that died or was silent, and which results Redis may have lost."""
    events, runs = list[Event](), runs_of(worked)
    for strike in strikes:
        for run in runs:
            if strike.kind is Kind.KILL_WORKER and run.who == strike.who and run.until == math.inf:
                events.append(Event(strike.until, "died", run.job, run.who))
            elif strike.silenced(run):
                events.append(Event(strike.until, "silenced", run.job, run.who))
        if strike.kind is Kind.KILL_REDIS:
            events += [
                Event(strike.until, "forgotten", event.job)
                for event in worked
                if event.what == "ended" and strike.since - _UNWRITTEN_SECONDS < event.at <= strike.until
            ]
    return events
