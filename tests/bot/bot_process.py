"""The bot as a process of its own, which can be killed, paused and stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil

from storage.shards import ALL, Shards
from tests.discord_emulator import DiscordEmulator, pulse

PATIENCE = pulse.PATIENCE


class BotProcess:
    """`darkroom bot` (or `up`), with some of the bot's shards; it writes to `log`, if there is one."""

    def __init__(
        self,
        emulator: DiscordEmulator,
        home: Path,
        database_url: str,
        command: str = "bot",
        shards: Shards = ALL,
        log: Path | None = None,
    ) -> None:
        self._emulator, self._command, self._log = emulator, command, log
        self._shards = shards
        self.environment = {
            **os.environ,
            **emulator.environment,
            "DARKROOM_HOME": str(home),
            "DARKROOM_DATABASE_URL": database_url,
            "DARKROOM_SHARDS": str(shards),
        }
        self._process: asyncio.subprocess.Process

    async def start(self, within: float = PATIENCE) -> None:
        """Start it, and wait until members can reach it in all of its shards."""
        command = [sys.executable, "-m", "tests.discord_emulator.run_bot", self._command]
        file = None if self._log is None else self._log.open("ab")
        self._process = await asyncio.create_subprocess_exec(
            *command, env=self.environment, stdout=file, stderr=file
        )
        if file is not None:
            file.close()
        try:
            await self._emulator.wait_commands("imagine", within=within)
            await self._emulator.wait_online(within, self._wanted())
        except BaseException:
            await self.end(signal.SIGKILL)
            raise

    def _wanted(self) -> set[tuple[int, int]]:
        # Who has all leaves it to Discord how many there are.
        return set() if self._shards == ALL else {(shard, self._shards.count) for shard in self._shards.ids}

    def has_loaded(self, library: str) -> bool:
        """Whether the process has a file of this library in its memory."""
        mapped = psutil.Process(self._process.pid).memory_maps()
        return any(library in each.path for each in mapped)

    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def end(self, number: signal.Signals) -> int:
        """End it by a signal, and give its exit status."""
        self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), PATIENCE)
