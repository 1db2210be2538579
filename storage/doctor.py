"""Checks of what everything else stands on: the data folder, Redis, the database, the blobs."""

from __future__ import annotations

import asyncio
import os
import tempfile

import redis

from storage.blobs import BlobMissing, Blobs, BlobStoreAway
from storage.connection import connect
from storage.database import Database, DatabaseAway
from storage.diagnosis import Check
from storage.errors import reason_of
from storage.farm import workers
from storage.records.jobs import JobRecords
from storage.redis_trouble import redis_trouble, try_redis
from storage.settings import BotSettings


async def examine_storage(settings: BotSettings) -> list[Check]:
    """Use every part once, for real, and report on each."""
    home = await asyncio.to_thread(_home, settings)
    queue = await asyncio.to_thread(_redis, settings)
    blobs = await asyncio.to_thread(_blobs, settings)
    return [home, *queue, await _database(settings), blobs]


def _home(settings: BotSettings) -> Check:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home):
            pass
        left = os.statvfs(settings.home)
    except OSError as error:
        says = f"{settings.home} cannot be written ({reason_of(error)}): set DARKROOM_HOME to another folder."
        return Check(part="data folder", state="broken", says=says)
    gigabytes = left.f_bavail * left.f_frsize / 1e9
    says = f"{settings.home}, {gigabytes:.1f} GB free"
    return Check(part="data folder", state="fine" if gigabytes > 1 else "note", says=says)


def _redis(settings: BotSettings) -> list[Check]:
    what = "set by DARKROOM_REDIS_URL" if settings.redis_url else "embedded"
    connection = connect(settings, patience=1.0)
    try:
        try_redis(settings)
        version = connection.info("server")["redis_version"]
        persistent = connection.config_get("appendonly").get("appendonly") == "yes"
        alive = workers(connection)
    except redis.RedisError as error:
        return [Check(part="Redis", state="broken", says=redis_trouble(error, settings))]
    journal = (
        Check(part="Redis", state="fine", says=f"{version}, {what}, keeps a journal")
        if persistent
        else Check(
            part="Redis",
            state="note",
            says=f"{version}, {what}, without a journal: set appendonly yes, or a power cut empties it.",
        )
    )
    if not alive:
        none = Check(part="workers", state="note", says="none is running; start one with darkroom worker")
        return [journal, none]
    return [
        journal,
        *(
            Check(
                part="worker", state="fine", says=f"{w.name} on {w.device} serves {', '.join(w.checkpoints)}"
            )
            for w in alive
        ),
    ]


async def _database(settings: BotSettings) -> Check:
    try:
        database = await Database.open(settings.database_address)
        waiting = len(await JobRecords(database).unfinished())
        await database.close()
    except DatabaseAway as error:
        return Check(part="database", state="broken", says=str(error))
    return Check(part="database", state="fine", says=f"up to date, {waiting} jobs open")


def _blobs(settings: BotSettings) -> Check:
    try:
        blobs = Blobs.open(settings)
        blobs.get(blobs.put(b"darkroom doctor"))
    except (BlobMissing, BlobStoreAway) as error:
        return Check(part="pictures", state="broken", says=str(error))
    return Check(part="pictures", state="fine", says=f"kept in {settings.blobs_place}")
