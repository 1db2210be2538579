"""How many jobs a bot takes, hands on and posts: `python -m tests.benchmarks.load`.

The real bot (`darkroom bot`, in a process of its own), a real Redis with a journal and workers whose seats,
queue, review and blobs are real. Only their engine is played: it takes the time that a fast GPU takes. Of
`--members 10000` some ask an emulated Discord for `--jobs 2000`, as many at a time as keep the bot busy. The
last line is one JSON object:

- `jobs_per_second`: from the first command to the last post, all parts and Discord itself on this machine.
- `answer_p95_s`, `posted_p95_s`: from a command to its first answer, and to its picture.
- `overhead_p95_s`: the latter when few ask at a time, less what the engine plays: what bot, queue, review,
  blobs and delivery add to a job.
- `bot_mb`, `bot_growth_mb`: the bot's memory in the end, and what it grew by over the second half.
- `cpu_ms_per_job`: what each part computes for a job; "members" are Discord and those who ask. The cores set
  its limit: on two, 80 ms in all are 25 jobs a second.
- `command_to_queue_p95_s`, `queue_to_worker_p95_s`, `worker_to_result_p95_s`, `result_to_post_p95_s`: each
  hop of a job, when many ask, and `followed`, the jobs of which all of them are known.
- `redis_mb`, `database_mb`: before the run, after half of it and in the end.
- `redis_growth_kb_per_job`, `database_kb_per_job`: what stays behind.

`--jobs 20000` takes a quarter of an hour at 25 jobs a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import redis

from tests.benchmarks.hops import jobs_of_messages, p95_of_hops, read_hops
from tests.bot.bot_process import BotProcess
from tests.bot.conftest import is_result
from tests.chaos.parts import redis_part, running, worker_part
from tests.discord_emulator import DiscordEmulator
from tests.discord_emulator.guilds import Guild
from tests.gpuworker.fake_farm import STEP_SECONDS
from tests.storage.redis_servers import free_port

MANY, FEW = 100, 4
"""Commands that are under way at a time."""
WARM_UP = 40
DRAFT_STEPS = 12
PATIENCE = 300.0


@dataclass
class Heard:
    """How long members waited, in seconds, for the first answer and for the picture."""

    answered: list[float] = field(default_factory=list)
    posted: list[float] = field(default_factory=list)
    moments: dict[int, tuple[float, float]] = field(default_factory=dict)
    """By the message that has the picture: when its member asked, and had it."""

    def p95(self, waits: list[float]) -> float:
        """Give the wait that one in twenty exceeds."""
        return round(statistics.quantiles(waits, n=20)[-1], 2)


async def ask(guild: Guild, members: int, jobs: int, at_once: int) -> Heard:
    """Let members ask for one picture each, `at_once` at a time."""
    channel, heard, turns = guild.channel("pictures"), Heard(), asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with turns:
            member = guild.member(f"member {number * 7919 % members}")
            began, asked = time.monotonic(), time.time()
            run = await member.command(channel, "imagine", prompt="a tree", count=1, quality="draft")
            await run.response(within=PATIENCE)
            heard.answered.append(time.monotonic() - began)
            message = await run.message(is_result, within=PATIENCE)
            heard.moments[message.id] = asked, time.time()
            heard.posted.append(time.monotonic() - began)

    async with asyncio.TaskGroup() as asking:
        for number in range(jobs):
            asking.create_task(one(number))
    return heard


_PARTS = {"run_bot": "bot", "fake_farm": "workers", "redis": "redis"}
"""Words of a command line, and which part of the farm it runs."""


def _parts() -> dict[str, list[psutil.Process]]:
    """Give the processes of each part: this one's children, and this one for those who ask."""
    parts: dict[str, list[psutil.Process]] = {"members": [psutil.Process()]}
    for child in psutil.Process().children(recursive=True):
        line = " ".join(child.cmdline())
        parts.setdefault(next(part for word, part in _PARTS.items() if word in line), []).append(child)
    return parts


def bot_bytes() -> int:
    """Give the memory of the bot's process."""
    (bot,) = _parts()["bot"]
    return int(bot.memory_info().rss)


def cpu_seconds() -> Counter[str]:
    """Give what each part has computed so far."""
    return Counter(
        {
            part: sum(sum(process.cpu_times()[:2]) for process in processes)
            for part, processes in _parts().items()
        }
    )


@dataclass
class Kept:
    """What Redis and the database hold, in bytes, at one moment after the other."""

    queue: redis.Redis
    database: Path
    in_redis: list[int] = field(default_factory=list)
    in_database: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Look once more; what SQLite has not moved into its file yet lies beside it."""
        self.in_redis.append(self.queue.info("memory")["used_memory"])
        files = self.database.parent.glob(f"{self.database.name}*")
        self.in_database.append(sum(file.stat().st_size for file in files))

    def told(self, jobs: int) -> dict[str, Any]:
        """Tell of all looks, and of what a job has added."""
        return {
            "redis_mb": [round(each / 1e6, 2) for each in self.in_redis],
            "database_mb": [round(each / 1e6, 2) for each in self.in_database],
            "redis_growth_kb_per_job": round((self.in_redis[-1] - self.in_redis[0]) / jobs / 1e3, 2),
            "database_kb_per_job": round((self.in_database[-1] - self.in_database[0]) / jobs / 1e3, 2),
        }


def hops_of(heard: Heard, home: Path, database: Path) -> dict[str, float | int]:
    """Tell of each hop of the jobs that members heard of."""
    jobs = jobs_of_messages(database)
    asked = {jobs[message]: moments for message, moments in heard.moments.items() if message in jobs}
    return p95_of_hops(asked, read_hops(home.glob("*.hops")))


async def load(home: Path, jobs: int, members: int, at_once: int) -> dict[str, Any]:
    """Play it through."""
    port, database = free_port(), home / "bot.db"
    async with DiscordEmulator() as emulator:
        parts = {"redis": redis_part(home, port)}
        parts |= {
            f"worker {number}": worker_part(number, home, port, 0, HOPS=str(home / f"{number}.hops"))
            for number in (1, 2)
        }
        with running(parts), emulator.redirect(), redis.Redis(port=port) as queue:
            bot = BotProcess(emulator, home, f"sqlite:///{database}")
            bot.environment["DARKROOM_REDIS_URL"] = f"redis://localhost:{port}/0"
            await bot.start()
            try:
                guild = emulator.guild()
                await asyncio.sleep(5)  # until the workers are known
                calm = await ask(guild, members, WARM_UP, FEW)
                calm = await ask(guild, members, WARM_UP, FEW)
                kept = Kept(queue, database)
                kept.look()
                began, computed = time.monotonic(), cpu_seconds()
                await ask(guild, members, jobs // 2, at_once)
                half = bot_bytes()
                kept.look()
                busy = await ask(guild, members, jobs - jobs // 2, at_once)
                seconds = time.monotonic() - began
                computed = cpu_seconds() - computed
                await asyncio.sleep(3)  # for the last acknowledgements
                kept.look()
                return {
                    "jobs_per_second": round(jobs / seconds, 1),
                    "answer_p95_s": busy.p95(busy.answered),
                    "posted_p95_s": busy.p95(busy.posted),
                    "overhead_p95_s": round(calm.p95(calm.posted) - DRAFT_STEPS * STEP_SECONDS, 2),
                    "cpu_ms_per_job": {part: round(spent / jobs * 1e3) for part, spent in computed.items()},
                    "bot_mb": round(bot_bytes() / 1e6),
                    "bot_growth_mb": round((bot_bytes() - half) / 1e6, 1),
                    **hops_of(busy, home, database),
                    **kept.told(jobs),
                }
            finally:
                await bot.end(signal.SIGTERM)


def main() -> None:
    """Play it, and print what was measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=MANY, help="fewer on a machine that is busy already")
    args = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="darkroom-load-"))
    print(f"The logs are in {home}; {os.cpu_count()} cores.", file=sys.stderr)
    print(json.dumps(asyncio.run(load(home, args.jobs, args.members, args.at_once))))


if __name__ == "__main__":
    main()
