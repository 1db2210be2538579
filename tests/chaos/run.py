"""One run: members ask the real bot for pictures while faults strike, and everything is written down."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import redis
from sqlalchemy import select

from storage.blobs import Blobs
from storage.database import Database
from storage.ledger_tables import BalanceRow, TransferRow
from storage.records.jobs import RowState
from storage.records.ledger import Kind as Transfer
from storage.records.ledger import Ledger
from storage.result_stream import undelivered
from storage.tables import JobRow, PictureRow
from tests.bot.conftest import is_result
from tests.bot.test_outage import BotProcess
from tests.chaos.history import Event, History, Left, read_events
from tests.chaos.parts import Part, Wire, forked_worker_part, redis_part, running
from tests.chaos.plan import Fault, Kind, clocks_of
from tests.chaos.struck import Strike, struck_by
from tests.discord_emulator import DiscordEmulator, api
from tests.discord_emulator.messages import Message
from tests.storage.redis_servers import free_port

UNDER_WAY = ("Next in the queue", "in the queue", "▱", "▰", "Waiting for the farm", "No worker with")
_SETTLING_SECONDS = 1800.0
"""Longer than any machine needs: what is slow is not lost."""
_SECOND_ANSWER_SECONDS = 3.0
"""So long after the last answer a second one would have come, which there should not be."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked for: so many jobs by so many members, one every so many seconds."""

    jobs: int = 180
    members: int = 12
    pause: float = 0.5
    workers: int = 2


@dataclass
class Farm:
    """What the faults strike."""

    emulator: DiscordEmulator
    bot: BotProcess
    parts: dict[str, Part]
    wire: Wire
    blobs: Path
    struck: list[Strike] = field(default_factory=list)
    bot_is_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Commands that nobody takes are no test: while the bot starts, which may be long, none are given."""

    @property
    def workers(self) -> list[Part]:
        """The workers, by name."""
        return [part for name, part in sorted(self.parts.items()) if name != "redis"]


async def run(home: Path, seed: int, plan: Sequence[Fault], load: Load) -> History:
    """Play it through, and give its history."""
    port, database = free_port(), home / "bot.db"
    async with DiscordEmulator() as emulator, Wire(port) as wire:
        emulator.faults.latency = 0.05
        parts = {"redis": redis_part(home, port)}
        # A bot that dies may be away for long on a slow machine, and Discord's memory is not what is tried.
        with running(parts), emulator.redirect(), patch.object(api, "NONCE_LIFETIME", _SETTLING_SECONDS):
            bot = BotProcess(emulator, home, database)
            bot.environment["DARKROOM_REDIS_URL"] = f"redis://localhost:{port}/0"
            farm = Farm(emulator, bot, parts, wire, home / "blobs")
            try:
                await bot.start(_SETTLING_SECONDS)
                farm.bot_is_up.set()
                for number, off in enumerate(clocks_of(seed, load.workers), 1):
                    parts[f"worker {number}"] = forked_worker_part(number, home, wire.port, off)
                await _workers_known(port, load.workers)
                await _play(farm, plan, load)
                _restart_workers(farm)
                left = await _settled(farm, port, database)
                # Only when they are gone, their histories are whole.
                await asyncio.gather(*(_stop(farm, part) for part in farm.workers))
            finally:
                with contextlib.suppress(ProcessLookupError):
                    await bot.end(signal.SIGTERM)
            return await _history(farm, home, database, left)


async def _workers_known(port: int, workers: int) -> None:
    async with asyncio.timeout(_SETTLING_SECONDS):
        with redis.Redis(port=port) as client:
            while int(await asyncio.to_thread(client.scard, "darkroom:workers")) < workers:
                await asyncio.sleep(0.5)


async def _play(farm: Farm, plan: Sequence[Fault], load: Load) -> None:
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        group.create_task(_ask(farm, load))
        for fault in plan:
            await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
            await _strike(farm, fault)


async def _ask(farm: Farm, load: Load) -> None:
    guild = farm.emulator.guild()
    channel = guild.channel("pictures")
    members = [guild.member(f"member {number}") for number in range(load.members)]
    for number in range(load.jobs):
        await farm.bot_is_up.wait()
        with contextlib.suppress(Exception):  # nobody is there to complete or to take a command
            member = members[number % load.members]
            await member.command(
                channel, "imagine", prompt=f"a tree number {number}", count=1, quality="draft"
            )
        await asyncio.sleep(load.pause)


def _restart_workers(farm: Farm) -> None:
    for worker in farm.workers:
        worker.restart_if_ended()


async def _stop(farm: Farm, worker: Part) -> None:
    """Tell a worker to stop; one that is late is killed, and that is a fault as well."""
    since = time.time()
    if not await asyncio.to_thread(worker.stop):
        farm.struck.append(Strike(since, time.time(), Kind.KILL_WORKER, worker.who))


async def _strike(farm: Farm, fault: Fault) -> None:
    _restart_workers(farm)
    worker = farm.workers[fault.dice % len(farm.workers)]
    since, who = time.time(), worker.who
    await _hit(farm, fault, worker)
    farm.struck.append(Strike(since, time.time(), fault.kind, who))


async def _hit(farm: Farm, fault: Fault, worker: Part) -> None:
    match fault.kind:
        case Kind.KILL_WORKER:
            await asyncio.to_thread(worker.kill)
            await asyncio.sleep(fault.seconds)
            worker.start()
        case Kind.STOP_WORKER:
            await _stop(farm, worker)
            await asyncio.sleep(fault.seconds)
            worker.start()
        case Kind.KILL_REDIS:
            await asyncio.to_thread(farm.parts["redis"].kill)
            await asyncio.sleep(fault.seconds)
            farm.parts["redis"].start()
            await _answers(farm.wire.to)
        case Kind.PAUSE_WORKER | Kind.PAUSE_REDIS:
            part = farm.parts["redis"] if fault.kind is Kind.PAUSE_REDIS else worker
            part.pause()
            await asyncio.sleep(fault.seconds)
            part.resume()
        case Kind.KILL_BOT:
            await farm.bot.end(signal.SIGKILL)
            farm.bot_is_up.clear()
            await asyncio.sleep(fault.seconds)
            await farm.bot.start(_SETTLING_SECONDS)
            farm.bot_is_up.set()
        case Kind.CUT:
            await farm.wire.cut(fault.seconds)
        case Kind.FILL_DISK:
            await _without_room(farm.blobs, fault.seconds)
        case Kind.LIMIT:
            farm.emulator.fail_next(3, status=429, route="POST|PATCH", retry_after=fault.seconds)
        case Kind.BREAK:
            farm.emulator.fail_next(3, status=502, route="POST|PATCH", after_effect=bool(fault.dice % 2))
        case Kind.DEAD_TOKEN:
            farm.emulator.fail_next(2, status=401, route="PATCH /webhooks")
        case Kind.DROP_GATEWAY:
            farm.emulator.gateway.drop()


async def _answers(port: int) -> None:
    async with asyncio.timeout(_SETTLING_SECONDS):
        with redis.Redis(port=port, socket_timeout=5) as client:
            while True:
                with contextlib.suppress(redis.RedisError):
                    await asyncio.to_thread(client.ping)
                    return
                await asyncio.sleep(0.1)


async def _without_room(folder: Path, seconds: float) -> None:
    """Let nothing be written there: to the worker it is as if the disk were full."""
    if not await asyncio.to_thread(folder.exists):
        return
    no_room = folder.with_name("no-room")
    await asyncio.to_thread(no_room.write_bytes, b"")
    await asyncio.to_thread(_exchange, folder, no_room)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(_exchange, folder, no_room)


def _exchange(one: Path, other: Path) -> None:
    """Swap what is under two names, at once: for a moment without a folder, workers would make one anew."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_HERE, bytes(one), _HERE, bytes(other), _EXCHANGE):
        raise OSError(ctypes.get_errno(), "two names cannot be exchanged", str(one))


_HERE, _EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE of Linux."""


async def _rows(database: Path) -> list[Any]:
    opened = await Database.open(f"sqlite+aiosqlite:///{database}")
    try:
        async with opened.reading() as db:
            return list((await db.execute(select(JobRow.id, JobRow.state, JobRow.credits))).all())
    finally:
        await opened.close()


async def _settled(farm: Farm, port: int, database: Path) -> Left:
    """Wait until every row is closed and Redis is empty, and look at what there is."""
    give_up = time.monotonic() + _SETTLING_SECONDS
    while time.monotonic() < give_up:
        rows, counts = await _rows(database), await asyncio.to_thread(_counts, port)
        if all(RowState(row.state).is_closed for row in rows) and not any(counts.values()):
            break
        await asyncio.sleep(1)
    await asyncio.sleep(_SECOND_ANSWER_SECONDS)
    rows = await _rows(database)
    opened = await Database.open(f"sqlite+aiosqlite:///{database}")
    async with opened.reading() as db:
        blobs = (await db.scalars(select(PictureRow.blob).where(PictureRow.blob.is_not(None)))).all()
        of_jobs = BalanceRow.account.like("held:%")
        held = (await db.scalars(select(BalanceRow.account).where(of_jobs, BalanceRow.credits != 0))).all()
        paid = (await db.scalars(select(TransferRow.job_id).where(TransferRow.kind == Transfer.PAY))).all()
    wrong = await Ledger(opened).discrepancies()
    await opened.close()
    return Left(
        wrong_accounts=tuple(wrong),
        reserved=tuple(held),
        paid=tuple(job for job in paid if job),
        counts=await asyncio.to_thread(_counts, port),
        open_rows=tuple(row.id for row in rows if not RowState(row.state).is_closed),
        charged_without_pictures=tuple(row.id for row in rows if row.state == "told" and row.credits),
        blobs_of_rows=frozenset(blob for blob in blobs if blob),
        blobs=frozenset(await asyncio.to_thread(lambda: list(Blobs(str(farm.blobs)).names()))),
        unfinished_messages=tuple(message.content for message in _messages(farm) if _is_unfinished(message)),
    )


def _counts(port: int) -> dict[str, int]:
    """Count what Redis holds of jobs that are under way."""
    with contextlib.suppress(redis.RedisError), redis.Redis(port=port, socket_timeout=5) as client:
        lane = "checkpoint:pocket"
        return {
            "the queue": int(client.llen(f"rq:queue:{lane}")),
            "the way to the seats": int(client.llen(f"rq:queue:{lane}:intermediate")),
            "the running jobs": int(client.zcard(f"rq:wip:{lane}")),
            "the stream of results": undelivered(client),
            "the attempts": sum(1 for _ in client.scan_iter("darkroom:attempts:*")),
        }
    return {"Redis does not answer": 1}


def _messages(farm: Farm) -> list[Message]:
    return [message for channel in farm.emulator.world.channels.values() for message in channel.messages]


def _is_unfinished(message: Message) -> bool:
    return not is_result(message) and any(words in message.content for words in UNDER_WAY)


async def _history(farm: Farm, home: Path, database: Path, left: Left) -> History:
    files = await asyncio.to_thread(lambda: sorted(home.glob("*.history")))
    worked = await asyncio.to_thread(read_events, files)
    rows = await _rows(database)
    posted = Counter(_title(message) for message in _messages(farm) if is_result(message))
    prompts = await _prompts(database)
    answers = [
        Event(time.time(), "posted", row.id) for row in rows for _ in range(posted[prompts.get(row.id, "")])
    ]
    answers += [Event(time.time(), "told", row.id) for row in rows if row.state == "told"]
    accepted = [Event(0.0, "accepted", row.id) for row in rows]
    return History((*accepted, *worked, *struck_by(farm.struck, worked), *answers), left)


async def _prompts(database: Path) -> dict[str, str]:
    opened = await Database.open(f"sqlite+aiosqlite:///{database}")
    try:
        async with opened.reading() as db:
            rows = (await db.execute(select(JobRow.id, JobRow.job))).all()
            return {row.id: row.job["task"]["prompt"] for row in rows}
    finally:
        await opened.close()


def _title(message: Message) -> str:
    return message.content.split("**")[1]
