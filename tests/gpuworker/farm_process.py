"""Workers with a played engine as processes that are killed: forked from one that has imported everything."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from subprocess import TimeoutExpired

from tests.gpuworker.fake_farm import work

_FORKS = get_context("forkserver")
# To import a worker takes seven seconds of a core, and to read lists one, for each that is started.
_FORKS.set_forkserver_preload([__name__, "tests.gpuworker.lists_read"])


class FarmProcess(ForkServerProcess):
    """A worker over a home and a Redis, with what `subprocess.Popen` can do; it writes to the file `log`."""

    def __init__(self, home: Path, redis_url: str, log: Path, environment: Mapping[str, str]) -> None:
        self._ready = _FORKS.Event()
        given = home, redis_url, log, dict(environment), self._ready
        super().__init__(target=_work, args=given, daemon=True)
        self.start()

    def wait_until_ready(self) -> None:
        """Wait until it serves its checkpoints."""
        assert self._ready.wait(60)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it is gone, and give its exit status. Raises subprocess.TimeoutExpired."""
        self.join(timeout)
        if self.exitcode is None:
            raise TimeoutExpired(self.name, timeout or 0)
        return self.exitcode

    def poll(self) -> int | None:
        """Give its exit status, None while it runs."""
        return self.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        assert self.pid is not None
        os.kill(self.pid, number)


def _work(home: Path, redis_url: str, log: Path, environment: Mapping[str, str], ready: Event) -> None:
    os.environ.update(environment)
    with log.open("ab") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    work(home, redis_url, ready.set)
