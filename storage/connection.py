"""Connections to Redis: one address, the same patience everywhere."""

from __future__ import annotations

import asyncio
from typing import Any

import redis
import redis.asyncio
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from storage.embedded_redis import socket_url
from storage.settings import Settings
from storage.signing import UNSIGNED, Signer, signer_for

SOCKET_TIMEOUT = 15.0
"""Seconds after which a silent server counts as gone. Blocking reads must ask for less."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0


def redis_url(settings: Settings) -> str:
    """Give the address of Redis: the one that was set, or the embedded server's socket."""
    return settings.redis_url or socket_url(settings.redis_folder)


class FarmRedis(redis.Redis):
    """A client of a farm's Redis, which knows how things are signed there."""

    signer: Signer = UNSIGNED


class FarmAsyncRedis(redis.asyncio.Redis):
    """The same for asyncio."""

    signer: Signer = UNSIGNED


def connect(target: Settings | str, patience: float = 3.0) -> redis.Redis:
    """Make a client that tries again for about `patience` seconds before it raises `redis.ConnectionError`.

    Nothing is sent yet: a server that is away shows at the first command.
    """
    retry = Retry(_backoff(), _tries(patience))
    client = FarmRedis.from_url(_url(target), retry=retry, **_OPTIONS)
    assert isinstance(client, FarmRedis)
    client.signer = _signer(target)
    return client


def connect_async(target: Settings | str, patience: float = 3.0) -> redis.asyncio.Redis:
    """Do the same for asyncio. A task that is cancelled during a command ends with `CancelledError`."""
    client = FarmAsyncRedis.from_url(_url(target), retry=AsyncRetry(_backoff(), _tries(patience)), **_OPTIONS)
    assert isinstance(client, FarmAsyncRedis)
    client.signer = _signer(target)
    pool = client.connection_pool
    pool.connection_class = _cancellable(pool.connection_class)
    return client


def _cancellable(kind: type[AbstractConnection]) -> type[AbstractConnection]:
    """Derive a connection class that never swallows a cancellation.

    redis-py sends within `asyncio.wait_for`, which before Python 3.12 drops a cancellation that arrives just
    after the command was sent: a loop over commands would run for ever, and so would whoever awaits it.
    """

    class Cancellable(kind):  # type: ignore[misc, valid-type]
        async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
            task = asyncio.current_task()
            asked_before = task.cancelling() if task else 0
            await super().send_packed_command(command, check_health)
            if task and task.cancelling() > asked_before:
                await self.disconnect(nowait=True)
                raise asyncio.CancelledError

    return Cancellable


UNASKED: dict[str, Any] = {
    "driver_info": None,
    "maint_notifications_config": MaintNotificationsConfig(enabled=False),
}
"""Has a client begin without CLIENT SETINFO and the like.

A file of users that names a word which a Redis does not know keeps it from starting, so that docker/users.acl
allows none that came after 6.2, and each would be noted as denied.
"""
_OPTIONS: dict[str, Any] = {
    **UNASKED,
    "socket_timeout": SOCKET_TIMEOUT,
    "socket_connect_timeout": 5.0,
    "health_check_interval": 30,
}


def _signer(target: Settings | str) -> Signer:
    return UNSIGNED if isinstance(target, str) else signer_for(target)


def _url(target: Settings | str) -> str:
    return target if isinstance(target, str) else redis_url(target)


def _backoff() -> ExponentialBackoff:
    return ExponentialBackoff(cap=_LONGEST_PAUSE, base=_SHORTEST_PAUSE / 2)


def _tries(patience: float) -> int:
    """Count the pauses, each twice as long as the one before, that fill `patience`."""
    pause, waited, tries = _SHORTEST_PAUSE, 0.0, 0
    while waited < patience:
        pause, waited, tries = min(2 * pause, _LONGEST_PAUSE), waited + pause, tries + 1
    return tries
