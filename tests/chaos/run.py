"""One run: members ask the real bot for pictures while faults strike, and everything is written down."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import redis

from tests.chaos.bots import Bot, serving
from tests.chaos.history import History
from tests.chaos.left import Places, history_of, settled
from tests.chaos.parts import Part, Wire, forked_worker_part, redis_part, running
from tests.chaos.plan import Fault, Kind, clocks_of
from tests.chaos.struck import Strike
from tests.discord_emulator import DiscordEmulator, api
from tests.storage.redis_servers import free_port
from tests.stores import FARM_KEY

_SETTLING_SECONDS = 1800.0
"""Longer than any machine needs: what is slow is not lost."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked for: so many jobs by so many members, one every so many seconds."""

    jobs: int = 180
    members: int = 12
    pause: float = 0.5
    workers: int = 2
    processes: int = 1
    """Of the bot, each with a server that has its part of the members."""
    links: bool = False
    """Whether the workers have the pictures through the first of them, and no store."""

    def environments(self) -> tuple[list[dict[str, str]], dict[str, str]]:
        """Give what the bot's processes are told beyond the usual, and what the workers are."""
        usual: list[dict[str, str]] = [{} for _ in range(self.processes)]
        if not self.links:
            return usual, {}
        key, port = {"DARKROOM_QUEUE_KEY": FARM_KEY}, free_port()
        first, *others = (each | key for each in usual)
        first["DARKROOM_SERVE_BLOBS"] = str(port)
        return [first, *others], {**key, "DARKROOM_BLOBS": f"http://127.0.0.1:{port}"}


@dataclass
class Farm:
    """What the faults strike."""

    emulator: DiscordEmulator
    bots: list[Bot]
    parts: dict[str, Part]
    wire: Wire
    """The workers' way to Redis."""
    blobs: Path
    struck: list[Strike] = field(default_factory=list)

    @property
    def workers(self) -> list[Part]:
        """The workers, by name."""
        return [part for name, part in sorted(self.parts.items()) if name != "redis"]


async def run(home: Path, seed: int, plan: Sequence[Fault], load: Load, database: str) -> History:
    """Play it through with records at this address, Postgres for several processes, and give its history."""
    places = Places(home, database, free_port())
    of_bots, of_workers = load.environments()
    async with DiscordEmulator() as emulator, Wire(places.redis_port) as wire:
        emulator.faults.latency = 0.05
        parts = {"redis": redis_part(home, places.redis_port)}
        # A bot that dies may be away for long on a slow machine, and Discord's memory is not what is tried.
        with running(parts), emulator.redirect(), patch.object(api, "NONCE_LIFETIME", _SETTLING_SECONDS):
            far = places.redis_port, of_bots, _SETTLING_SECONDS
            async with serving(emulator, home, database, *far) as bots:
                farm = Farm(emulator, bots, parts, wire, places.blobs)
                for number, off in enumerate(clocks_of(seed, load.workers), 1):
                    parts[f"worker {number}"] = forked_worker_part(number, home, wire.port, off, **of_workers)
                await _workers_known(places.redis_port, load.workers)
                await _play(farm, plan, load)
                await _restart_ended(farm)
                left = await settled(emulator, places, _SETTLING_SECONDS)
                # Only when they are gone, their histories are whole.
                await asyncio.gather(*(_stop(farm, part) for part in farm.workers))
            return await history_of(emulator, places, bots, farm.struck, left)


async def _workers_known(port: int, workers: int) -> None:
    async with asyncio.timeout(_SETTLING_SECONDS):
        with redis.Redis(port=port) as client:
            while int(await asyncio.to_thread(client.scard, "darkroom:workers")) < workers:
                await asyncio.sleep(0.5)


async def _play(farm: Farm, plan: Sequence[Fault], load: Load) -> None:
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for first in range(load.processes):
            group.create_task(_ask(farm.bots[first], first, load))
        for fault in plan:
            await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
            await _strike(farm, fault)


async def _ask(bot: Bot, first: int, load: Load) -> None:
    """Ask for every job in turn that is of this bot's server: the others have a turn each in between."""
    channel, each = bot.guild.channel("pictures"), load.processes
    members = [bot.guild.member(f"member {number}") for number in range(first, load.members, each)]
    await asyncio.sleep(load.pause * first)
    for turn, number in enumerate(range(first, load.jobs, each)):
        await bot.is_up.wait()
        with contextlib.suppress(Exception):  # nobody is there to complete or to take a command
            await members[turn % len(members)].command(
                channel, "imagine", prompt=f"a tree number {number}", count=1, quality="draft"
            )
        await asyncio.sleep(load.pause * each)


async def _restart_ended(farm: Farm) -> None:
    for worker in farm.workers:
        worker.restart_if_ended()
    for bot in farm.bots:
        await bot.restart_if_ended(_SETTLING_SECONDS)


async def _stop(farm: Farm, worker: Part) -> None:
    """Tell a worker to stop; one that is late is killed, and that is a fault as well."""
    since = time.time()
    if not await asyncio.to_thread(worker.stop):
        farm.struck.append(Strike(since, time.time(), Kind.KILL_WORKER, worker.who))


async def _strike(farm: Farm, fault: Fault) -> None:
    await _restart_ended(farm)
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
        case Kind.KILL_BOT | Kind.STOP_BOT | Kind.PAUSE_BOT | Kind.CUT_BOT:
            bot = farm.bots[fault.dice % len(farm.bots)]
            await bot.hit(fault.kind, fault.seconds, _SETTLING_SECONDS)
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
