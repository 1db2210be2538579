"""What happened during a run: one event a hop, in the order of one clock, and what was left in the end."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

What: TypeAlias = Literal[
    "accepted",  # a bot took a command; `who` is the one that looks after its server
    "began",  # a worker began a job; as of the moment in which it asked whether there is a result
    "handed back",  # a worker gave a job back by itself
    "taken back",  # a worker gave a job back that another one had, and was not heard of
    "hedged",  # a worker gave a job to another one as well
    "silenced",  # nobody could hear of a worker while it had this job
    "died",  # a worker was killed with this job running
    "forgotten",  # Redis was killed so soon after a result that it may not know of it any more
    "ended",  # a worker published a result
    "again",  # a worker had a result that somebody else had published
    "set aside",  # nobody tries the job any more
    "delivered",  # a process of the bot told what became of it
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
    """What there is once everything has settled: `counts` of Redis by key, rows, pictures, open messages.

    Of the ledger: `wrong_accounts` hold another sum than that of their transfers, `reserved` hold something
    for a job, and `paid` are the jobs that cost something, each as often as it did.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    open_rows: tuple[str, ...] = ()
    charged_without_pictures: tuple[str, ...] = ()
    blobs_of_rows: frozenset[str] = frozenset()
    blobs: frozenset[str] = frozenset()
    unfinished_messages: tuple[str, ...] = ()
    wrong_accounts: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    paid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """All events, the earliest first, and what was left."""

    events: tuple[Event, ...]
    left: Left = Left()


_SAID: Mapping[str, What] = {
    "job %s: %s with %s": "began",
    "job %s: handed back": "handed back",
    "job %s: its worker is silent; back to the queue": "taken back",
    "job %s: its worker died before it began; back to the queue": "taken back",
    "job %s: makes no progress here, and is given to another worker too": "hedged",
    "job %s: given up: %r": "set aside",
    "job %s: %s; for member %d in channel %d, message %d, %d shown": "delivered",
}
"""What a worker or a bot logs of a job, by the form of the line: the log is its history."""
_ENDED = "job %s: %s%s"


class Writes(logging.Handler):
    """Writes what a worker or a bot logs of its jobs into a file that survives it, one event a line."""

    def __init__(self, file: Path, who: str) -> None:
        super().__init__(logging.DEBUG)
        self._file, self._who = file, who
        self._asked = threading.local()

    def asking(self) -> None:
        """Hear that this thread is about to ask whether the job that it took has a result."""
        self._asked.at = time.time()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one event, if the line is one."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        what = _SAID.get(str(record.msg))
        if record.msg == _ENDED and len(arguments) == 3:
            what = "again" if arguments[2] else "ended"
        if what is None or not arguments:
            return
        # Between the answer and the note of it a machine may do anything else, for as long as it likes.
        at = getattr(self._asked, "at", time.time()) if what == "began" else time.time()
        event = {"at": at, "what": what, "job": str(arguments[0]), "who": self._who}
        with self._file.open("a") as lines:
            lines.write(json.dumps(event) + "\n")


def read_events(files: Iterable[Path]) -> list[Event]:
    """Read what workers and bots wrote; the last line of one that was killed may be cut off."""
    events = []
    for file in files:
        for line in file.read_text().splitlines():
            try:
                events.append(Event(**json.loads(line)))
            except ValueError:
                continue
    return sorted(events, key=lambda event: event.at)
