"""A worker in a process of its own, which leaves when the one that started it does, however that ends."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.settings import Settings

SECRETS = ("DARKROOM_DISCORD_TOKEN", "DARKROOM_DATABASE_URL")
_LEAVES_SECONDS = 8.5
"""A worker that was told to stop is gone by then (see commands/leaving.py)."""
_LOOK_SECONDS, _AGAIN_SECONDS = 1.0, 3.0

log = logging.getLogger(__name__)


class WorkerProcess:
    """Runs a worker while the context lasts, and gives it no secret; `keep` starts it again when it dies.

    One that is kept has the device to itself: it waits until the one before it has left. Each of several has
    a `number`, from 0, and serves its metrics at a port so many and one above that of the settings; `card` is
    the GPU that it sees.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        keep: bool,
        arguments: Sequence[str] = (),
        number: int = 0,
        card: str | None = None,
    ) -> None:
        self._keep = keep
        self._environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
        self._environment["DARKROOM_HOME"] = str(settings.home)
        if settings.metrics_address:
            host, port = settings.metrics_address
            self._environment["DARKROOM_METRICS"] = f"{host}:{port + 1 + number}"
        if card is not None:
            self._environment["CUDA_VISIBLE_DEVICES"] = card
        # -P: without it, Python would import what lies in the folder that the command is typed in. The
        # package itself is found wherever this process found it.
        house = str(Path(__file__).resolve().parents[1])
        self._environment["PYTHONPATH"] = os.pathsep.join(filter(None, [house, os.environ.get("PYTHONPATH")]))
        self._command = [sys.executable, "-P", "-m", "darkroom", "worker"]
        self._command += arguments
        self._command += ["--alone"] if keep else []
        self._leaving = threading.Event()
        self._keeper = threading.Thread(target=self._watch, name="worker-keeper", daemon=True)

    @property
    def lives(self) -> bool:
        """Whether it runs at the moment."""
        return self._process.poll() is None

    def leave(self) -> None:
        """Tell it to stop, and do not wait for it."""
        self._leaving.set()
        self._process.terminate()

    def __enter__(self) -> WorkerProcess:
        # Nobody writes into the pipe. It is closed when this process ends, and so the worker knows.
        self._pipe, self._ours = os.pipe()
        self._process = self._start()
        if self._keep:
            self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        if self._keep:
            self._keeper.join()
        self._process.terminate()
        try:
            self._process.wait(_LEAVES_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._pipe)
        os.close(self._ours)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            [*self._command, "--leave-with", str(self._pipe)],
            env=self._environment,
            pass_fds=(self._pipe,),
            # Without `keep` it is somebody's one picture: the terminal belongs to the progress bar.
            stderr=None if self._keep else subprocess.DEVNULL,
        )

    def _watch(self) -> None:
        while not self._leaving.wait(_LOOK_SECONDS):
            if self._process.poll() is None:
                continue
            log.error("the worker ended (%s), starting it again", self._process.returncode)
            if self._leaving.wait(_AGAIN_SECONDS):
                return
            self._process = self._start()
