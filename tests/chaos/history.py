"""What happened during a run: one event a hop, in the order of one clock, and what was left in the end."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

What: TypeAlias = Literal[
    "accepted",  # the bot took a command
    "began",  # a worker began a job
    "handed back",  # a worker gave a job back by itself
    "hedged",  # a worker gave a job to another one as well
    "died",  # a worker was killed with this job running
    "ended",  # a worker published a result
    "again",  # a worker had a result that somebody else had published
    "set aside",  # nobody tries the job any more
    "posted",  # a message shows the pictures
    "told",  # a message says that there are none
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a job, at a second of the machine's clock, in `who`'s hands."""

    at: float
    what: What
    job: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What there is once everything has settled: `counts` of Redis by key, rows, pictures, open messages."""

    counts: Mapping[str, int] = field(default_factory=dict)
    open_rows: tuple[str, ...] = ()
    charged_without_pictures: tuple[str, ...] = ()
    blobs_of_rows: frozenset[str] = frozenset()
    blobs: frozenset[str] = frozenset()
    unfinished_messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """All events, the earliest first, and what was left."""

    events: tuple[Event, ...]
    left: Left = Left()


_SAID: Mapping[str, What] = {
    "job %s: %s with %s": "began",
    "job %s: handed back": "handed back",
    "job %s: makes no progress here, and is given to another worker too": "hedged",
    "job %s: given up: %r": "set aside",
}
"""What a worker logs of a job, by the form of the line: the log is its history."""
_ENDED = "job %s: %s%s"


class Writes(logging.Handler):
    """Writes what a worker logs of its jobs into a file that survives it, one event a line."""

    def __init__(self, file: Path, who: str) -> None:
        super().__init__(logging.DEBUG)
        self._file, self._who = file, who

    def emit(self, record: logging.LogRecord) -> None:
        """Write one event, if the line is one."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        what = _SAID.get(str(record.msg))
        if record.msg == _ENDED and len(arguments) == 3:
            what = "again" if arguments[2] else "ended"
        if what is None or not arguments:
            return
        event = {"at": time.time(), "what": what, "job": str(arguments[0]), "who": self._who}
        with self._file.open("a") as lines:
            lines.write(json.dumps(event) + "\n")


def read_events(files: Iterable[Path]) -> list[Event]:
    """Read what workers wrote; the last line of one that was killed may be cut off."""
    events = []
    for file in files:
        for line in file.read_text().splitlines():
            try:
                events.append(Event(**json.loads(line)))
            except ValueError:
                continue
    return sorted(events, key=lambda event: event.at)
