"""A sign of life in a file, by which a health check tells a process that works from one that only runs.

A loop that waits for ever for an answer, or a card that hangs, ends no process: whoever started it sees
nothing, and members wait.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from storage.machine import machine

Part: TypeAlias = Literal["bot", "worker"]

SILENCE = 60.0
"""Seconds after which a loop is taken to hang. Each goes round every 3 s, and in 30 s if all is slow."""


class Heartbeat:
    """The sign of life of this process: it is given each time that all of its loops went round once more."""

    def __init__(self, home: Path, part: Part, loops: int = 1) -> None:
        self._file = _folder(home) / f"{_prefix(part)}{os.getpid()}"
        self._loops = loops
        self._went_round: set[str] = set()

    def beat(self, loop: str = "") -> None:
        """Tell that a loop, one of so many, went round. A disk that is full is no reason to fail."""
        self._went_round.add(loop)
        if len(self._went_round) < self._loops:
            return
        self._went_round.clear()
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()

    def end(self) -> None:
        """Take the sign away, as a process does that leaves in good order."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)


def silent_for(home: Path, part: Part) -> float | None:
    """Give the seconds since the last sign of life of a part that runs on this machine; None if none runs.

    Of several, the one that was silent for longest counts.
    """
    now = time.time()
    return max((now - written for written in _signs(home, part)), default=None)


def hangs_for_long(home: Path, part: Part) -> str | None:
    """Say so if a part that runs on this machine gave no sign of life for too long."""
    silence = silent_for(home, part)
    if silence is None or silence <= SILENCE:
        return None
    return (
        f"The {part} hangs: its last sign of life is {silence:.0f} s old. Its log says what it did last; "
        "start it again."
    )


def _signs(home: Path, part: Part) -> Iterator[float]:
    """Yield when each sign was written, and remove those of processes that are gone."""
    for file in _folder(home).glob(f"{_prefix(part)}*"):
        with contextlib.suppress(OSError, ValueError):
            if is_running(int(file.name.rpartition("-")[2])):
                yield file.stat().st_mtime
            else:
                file.unlink(missing_ok=True)


def is_running(process: int) -> bool:
    """Say whether this machine has a process of that number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _folder(home: Path) -> Path:
    return home / "heartbeats"


def _prefix(part: Part) -> str:
    # Containers share the data folder, and each has its first process.
    return f"{part}-{machine()}-"
