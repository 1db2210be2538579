"""Parts that come back, also when they ended by themselves."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.chaos.parts import Part


def test_only_who_ended_by_itself_is_started_again(tmp_path: Path) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def begin(log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(["sleep", "60" if started else "0"]))
        return started[-1]

    part = Part("sleeper", begin, tmp_path)
    started[0].wait(60)
    for _ in range(2):
        part.restart_if_ended()
    assert (part.who, len(started)) == ("sleeper.2", 2)
    part.kill()
