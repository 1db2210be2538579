"""Whose turn it is to identify to Discord's gateway: that of one shard of a bot in five seconds.

discord.py keeps to that for the shards of one process. Processes that start together would refuse one another
for long, and Discord takes the token away from a bot that identifies a thousand times on a day.
"""

from __future__ import annotations

import asyncio
import logging

import redis
from redis.asyncio import Redis as AsyncRedis

from storage.errors import reason_of

log = logging.getLogger(__name__)

APART_SECONDS = 5.5
_LOOK_SECONDS = 0.3


async def turn_to_identify(connection: AsyncRedis, bot: str) -> None:
    """Wait until no shard of a bot identified for some seconds; without Redis, wait for as long."""
    while True:
        try:
            key = f"darkroom:identify:{bot}"
            if await connection.set(key, "1", nx=True, px=int(APART_SECONDS * 1000)):
                return
        except (redis.RedisError, OSError) as error:
            log.warning("which other shards identify is not known: %s", reason_of(error))
            await asyncio.sleep(APART_SECONDS)
            return
        await asyncio.sleep(_LOOK_SECONDS)
