"""One at a time: a lease in Redis, which ends by itself when its holder dies."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import redis
from redis.asyncio import Redis as AsyncRedis

from storage.errors import reason_of
from storage.heartbeat import is_running
from storage.machine import machine
from storage.shards import ALL, Shards

log = logging.getLogger(__name__)

LEASE_SECONDS = 6.0
"""A holder that was silent for so long has lost it."""
_RENEW_SECONDS = 1.5
_LOOK_SECONDS = 0.3


class LeaseLost(RuntimeError):
    """Somebody else has the lease: this holder was silent for too long."""


def bot_of(token: str) -> str:
    """Name the lease of the bot whose token this is, without giving the token away to Redis."""
    return f"bot:{hashlib.sha256(token.encode()).hexdigest()[:16]}"


def unheld(connection: redis.Redis, name: str, shards: Shards) -> Shards | None:
    """Give the shards, counted as these, that nobody has a lease of; None if all are held."""
    held: Any = connection.mget([f"{_key(name)}:{shard}" for shard in range(shards.count)])
    free = frozenset(shard for shard, holder in enumerate(held) if holder is None)
    return Shards(free, shards.count) if free else None


def _key(name: str) -> str:
    return f"darkroom:lease:{name}"


class Lease:
    """A lease by name, of all that it stands for or of some `shards` of that, all of them or none.

    Who has some keeps others from these, from the whole, and from shards that are counted otherwise. While
    Redis is away nobody can get it, and who has it goes on.
    """

    def __init__(self, connection: AsyncRedis, name: str, shards: Shards = ALL) -> None:
        self._redis = connection
        self._me = f"{machine()}/{os.getpid()}/{uuid4().hex}"
        key = _key(name)
        self._own = [key] if shards.is_all else [f"{key}:{shard}" for shard in sorted(shards.ids)]
        self._holders = dict.fromkeys(self._own, self._me)
        if not shards.is_all:
            self._holders[key] = f"in {shards.count} shards"
        """Who is to hold each key: of the whole, all who count its shards alike."""

    async def acquire(self, waiting: Callable[[], None]) -> None:
        """Wait until it is ours, calling `waiting` at each look; without Redis, go on as if it were."""
        while True:
            try:
                if await self._take(*await self._dead_holders()):
                    return
            except (redis.RedisError, OSError) as error:
                log.warning("whether another one is at work is not known: %s", reason_of(error))
                return
            waiting()
            await asyncio.sleep(_LOOK_SECONDS)

    async def keep(self) -> None:
        """Renew it until cancelled. Raises LeaseLost."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                if not await self._take():
                    raise LeaseLost("Another one took over while this one was silent, so this one stops.")
            except (redis.RedisError, OSError) as error:
                log.warning("the lease is not renewed: %s", reason_of(error))

    async def release(self) -> None:
        """Let the next one have it at once."""
        with contextlib.suppress(redis.RedisError, OSError):
            await self._eval(_RELEASE, self._own, self._me)

    @contextlib.asynccontextmanager
    async def held(self, waiting: Callable[[], None]) -> AsyncIterator[asyncio.Task[None]]:
        """Hold it while the block lasts; gives the task that keeps it, which fails when it is lost."""
        await self.acquire(waiting)
        async with self.kept() as keeper:
            yield keeper

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[asyncio.Task[None]]:
        """Keep it, once it was acquired, while the block lasts, as `held` does."""
        keeper = asyncio.create_task(self.keep())
        try:
            yield keeper
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            await self.release()

    async def _take(self, *dead: str) -> bool:
        arguments = int(LEASE_SECONDS * 1000), *self._holders.values(), *dead
        return bool(await self._eval(_TAKE, [*self._holders], *arguments))

    async def _dead_holders(self) -> list[str]:
        """List the holders that were processes of this machine and are gone: they need not be waited for."""
        found: Any = await self._redis.mget([*self._holders])
        return [holder for each in found if each and _is_gone(holder := each.decode(errors="replace"))]

    async def _eval(self, script: str, keys: list[str], *arguments: Any) -> Any:
        answer: Any = self._redis.eval(script, len(keys), *keys, *arguments)
        return await answer


def _is_gone(holder: str) -> bool:
    where, _, rest = holder.partition("/")
    process = rest.partition("/")[0]
    if where != machine() or not process.isdecimal():
        return False
    # Of our own number was one that had it before us.
    return int(process) == os.getpid() or not is_running(int(process))


_TAKE = """
local dead = {}
for at = #KEYS + 2, #ARGV do
    dead[ARGV[at]] = true
end
for at, key in ipairs(KEYS) do
    local holder = redis.call('GET', key)
    if holder and holder ~= ARGV[at + 1] and not dead[holder] then
        return 0
    end
end
for at, key in ipairs(KEYS) do
    redis.call('SET', key, ARGV[at + 1], 'PX', ARGV[1])
end
return 1
"""
_RELEASE = """
for _, key in ipairs(KEYS) do
    if redis.call('GET', key) == ARGV[1] then
        redis.call('DEL', key)
    end
end
"""
