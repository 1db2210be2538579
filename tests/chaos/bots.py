"""The bot as one process or several, which divide the shards: each has a server, and its own way to Redis."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from storage.shards import Shards
from tests.bot.bot_process import BotProcess
from tests.chaos.parts import Wire
from tests.chaos.plan import Kind
from tests.discord_emulator import DiscordEmulator

_JUST_TOO_LATE_SECONDS = 4.0
"""Discord waits three for an answer: of what is asked in these, some comes in time and some does not."""

_STILL_ASKED_SECONDS = 1.0
"""So long is something asked of one that was told to stop, which may take longer."""


class Bot:
    """One process, which may die and come back; `born` counts how often it was started."""

    def __init__(
        self,
        emulator: DiscordEmulator,
        home: Path,
        database_url: str,
        shards: Shards,
        wire: Wire,
        **environment: str,
    ) -> None:
        (shard,) = shards.ids
        self.name, self.shards, self.born = f"bot {shard + 1}", shards, 0
        self.guild = emulator.guild_of(shard, shards.count, f"server {shard + 1}")
        self.is_up = asyncio.Event()
        """Commands that nobody takes are no test: while it starts or stands still, few or none are given."""
        self._home, self._wire = home, wire
        log = home / f"{self.name}.log"
        self._process = BotProcess(emulator, home, database_url, shards=shards, log=log)
        self._process.environment["DARKROOM_REDIS_URL"] = f"redis://localhost:{wire.port}/0"
        self._process.environment |= environment

    async def start(self, within: float) -> None:
        """Start it, and wait until its server can reach it. Raises TimeoutError."""
        self.born += 1
        self._process.environment["HISTORY"] = str(self._home / f"{self.name}.{self.born}.history")
        await self._process.start(within)
        self.is_up.set()

    async def hit(self, kind: Kind, seconds: float, within: float) -> None:
        """Have something happen to it that lasts, or keeps it away, for so long; then start it again."""
        match kind:
            case Kind.KILL_BOT | Kind.STOP_BOT:
                await self.end(signal.SIGKILL if kind is Kind.KILL_BOT else signal.SIGTERM)
                await asyncio.sleep(seconds)
                await self.start(within)
            case Kind.PAUSE_BOT:
                self._process.send_signal(signal.SIGSTOP)
                self.is_up.clear()
                await asyncio.sleep(max(0.0, seconds - _JUST_TOO_LATE_SECONDS))
                self.is_up.set()
                await asyncio.sleep(min(seconds, _JUST_TOO_LATE_SECONDS))
                self._process.send_signal(signal.SIGCONT)
            case Kind.CUT_BOT:
                await self._wire.cut(seconds)

    async def restart_if_ended(self, within: float) -> None:
        """Start it again if it ended by itself, as a restart policy does."""
        if not self._process.lives():
            self.is_up.clear()
            await self.start(within)

    async def end(self, number: signal.Signals) -> None:
        """End it by a signal, if it has not ended."""
        ending = asyncio.create_task(self._process.end(number))
        await asyncio.wait({ending}, timeout=_STILL_ASKED_SECONDS)
        self.is_up.clear()
        with contextlib.suppress(ProcessLookupError):
            await ending


@contextlib.asynccontextmanager
async def serving(
    emulator: DiscordEmulator,
    home: Path,
    database_url: str,
    redis_port: int,
    environments: Sequence[Mapping[str, str]],
    within: float,
) -> AsyncIterator[list[Bot]]:
    """A process with each environment, all of them at work when the block begins, and stopped at its end."""
    processes = len(environments)
    async with contextlib.AsyncExitStack() as wires:
        ways = [await wires.enter_async_context(Wire(redis_port)) for _ in range(processes)]
        bots = [
            Bot(emulator, home, database_url, Shards(frozenset({shard}), processes), way, **environment)
            for shard, (way, environment) in enumerate(zip(ways, environments, strict=True))
        ]
        try:
            await asyncio.gather(*(bot.start(within) for bot in bots))
            yield bots
        finally:
            await asyncio.gather(*(bot.end(signal.SIGTERM) for bot in bots if bot.born))
