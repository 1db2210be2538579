"""What the commands, buttons and deliveries of one bot share: the records, the queue and the blobs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import redis
from redis.asyncio import Redis as AsyncRedis

from bot.checkpoints import KnownCheckpoints
from storage.blobs import Blobs
from storage.connection import connect, connect_async
from storage.database import Database
from storage.queue import JobQueue
from storage.records.jobs import JobRecords
from storage.records.policies import ChannelPolicies
from storage.settings import BotSettings


@dataclass(slots=True)
class Studio:
    """The storage room as the bot uses it. RQ is synchronous: call `queue` from a thread."""

    settings: BotSettings
    jobs: JobRecords
    policies: ChannelPolicies
    redis: redis.Redis
    redis_async: AsyncRedis
    queue: JobQueue
    blobs: Blobs
    checkpoints: KnownCheckpoints = field(default_factory=KnownCheckpoints)
    cleaning: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """Members' pictures that are decoded at once: each may take 100 MB for a moment."""


@contextlib.asynccontextmanager
async def open_studio(settings: BotSettings) -> AsyncIterator[Studio]:
    """Open the records, the queue and the blobs that the settings name; close them in the end."""
    database = await Database.open(settings.database_address)
    # A member waits for what the queue says, and the loops try again by themselves.
    connection, connection_async = connect(settings, patience=0.5), connect_async(settings)
    try:
        yield Studio(
            settings=settings,
            jobs=JobRecords(database),
            policies=ChannelPolicies(database),
            redis=connection,
            redis_async=connection_async,
            queue=JobQueue(connection),
            blobs=Blobs.open(settings),
        )
    finally:
        await connection_async.aclose()
        connection.close()
        await database.close()
