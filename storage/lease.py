"""One at a time: a lease in Redis, which ends by itself when its holder dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import redis
from redis.asyncio import Redis as AsyncRedis

from storage.errors import reason_of
from storage.heartbeat import is_running

log = logging.getLogger(__name__)

LEASE_SECONDS = 6.0
"""A holder that was silent for so long has lost it."""
_RENEW_SECONDS = 1.5
_LOOK_SECONDS = 0.3


class LeaseLost(RuntimeError):
    """Somebody else has the lease: this holder was silent for too long."""


class Lease:
    """A lease by name. While Redis is away nobody can get it, and who has it goes on."""

    def __init__(self, connection: AsyncRedis, name: str) -> None:
        self._redis = connection
        self._key = f"darkroom:lease:{name}"
        self._me = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex}"

    async def acquire(self, waiting: Callable[[], None]) -> None:
        """Wait until it is ours, calling `waiting` at each look; without Redis, go on as if it were."""
        while True:
            try:
                if await self._take(await self._dead_holder()):
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
            await self._eval(_RELEASE)

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

    async def _take(self, dead: str = "") -> bool:
        return bool(await self._eval(_TAKE, int(LEASE_SECONDS * 1000), dead))

    async def _dead_holder(self) -> str:
        """Give the holder if it was a process of this machine that is gone: it need not be waited for."""
        answer: Any = await self._redis.get(self._key)
        machine, _, rest = (answer or b"").decode(errors="replace").partition("/")
        process = rest.partition("/")[0]
        if machine != socket.gethostname() or not process.isdecimal():
            return ""
        # Of our own number was the one before us, where each start has the same, as in a container.
        gone = int(process) == os.getpid() or not is_running(int(process))
        return f"{machine}/{rest}" if gone else ""

    async def _eval(self, script: str, *arguments: Any) -> Any:
        answer: Any = self._redis.eval(script, 1, self._key, self._me, *arguments)
        return await answer


_TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and holder ~= ARGV[3] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('DEL', KEYS[1])
end
"""
