"""Checks of what everything else stands on: the data folder, Redis, the database, the blobs."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
from collections.abc import Callable

import redis

from storage.blobs import BlobMissing, Blobs, BlobStoreAway
from storage.connection import connect
from storage.database import Database, DatabaseAway
from storage.diagnosis import Check, examined
from storage.embedded_redis import RedisNotStarted
from storage.env_files import unread_file
from storage.errors import reason_of
from storage.farm import WorkerCard, workers
from storage.lease import bot_of, unheld
from storage.records.jobs import JobRecords
from storage.redis_keeps import examine_keeping
from storage.redis_trouble import redis_trouble, try_redis
from storage.redis_user import examine_user
from storage.set_aside import jobs_set_aside
from storage.settings import BotSettings, misspelt
from storage.signing import signer_for


async def examine_storage(settings: BotSettings) -> list[Check]:
    """Use every part once, for real, write to it and read that back, and report on each."""
    parts: dict[str, Callable[[], list[Check]]] = {
        "data folder": lambda: [_home(settings)],
        "settings": _files,
        "Redis": lambda: _redis(settings),
        "database": lambda: [asyncio.run(_database(settings))],
        "pictures": lambda: [_blobs(settings)],
    }
    checks = [await asyncio.to_thread(examined, *each) for each in parts.items()]
    return [check for of_a_part in checks for check in of_a_part]


def _files() -> list[Check]:
    """Say what in the settings has no effect."""
    checks = [Check(part="settings", state="note", says=sentence) for sentence in misspelt()]
    if unread := unread_file():
        says = f"{unread} is not read: move it beside the README or into the data folder"
        checks.append(Check(part="settings", state="note", says=says))
    return checks


def _home(settings: BotSettings) -> Check:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home) as file:
            file.write(b"darkroom doctor" * 1000)
            file.flush()
        left = os.statvfs(settings.home)
    except OSError as error:
        does = "make room there" if error.errno == errno.ENOSPC else "set DARKROOM_HOME to another folder"
        says = f"{settings.home} cannot be written ({reason_of(error)}): {does}."
        return Check(part="data folder", state="broken", says=says)
    gigabytes = left.f_bavail * left.f_frsize / 1e9
    says = f"{settings.home}, {gigabytes:.1f} GB free"
    return Check(part="data folder", state="fine" if gigabytes > 1 else "note", says=says)


def _redis(settings: BotSettings) -> list[Check]:
    what = "set by DARKROOM_REDIS_URL" if settings.redis_url else "embedded"
    try:
        connection = connect(settings, patience=1.0)
        try_redis(settings)
        version = connection.info("server")["redis_version"]
        keeps = examine_keeping(connection, f"{version}, {what}")
        alive = workers(connection)
        aside = _set_aside(len(jobs_set_aside(connection)))
        user = [*_user(connection, settings), *_shards(connection, settings)]
    except redis.RedisError as error:
        return [Check(part="Redis", state="broken", says=redis_trouble(error, settings))]
    except RedisNotStarted as error:
        return [Check(part="Redis", state="broken", says=str(error))]
    if not alive:
        none = Check(part="workers", state="note", says="none is running; start one with darkroom worker")
        return [*keeps, *user, *_signed(settings), none, *aside]
    return [*keeps, *user, *_signed(settings), *aside, *(_worker(card, settings) for card in alive)]


def _user(connection: redis.Redis, settings: BotSettings) -> list[Check]:
    """Examine the user where others could come: nobody else knows the way to the embedded Redis."""
    if settings.redis_url is None or settings.redis_url.startswith("unix:"):
        return []
    return [examine_user(connection, reads_results=settings.discord_token is not None)]


def _shards(connection: redis.Redis, settings: BotSettings) -> list[Check]:
    """Say whether every shard has a process, where several of these share a bot."""
    if settings.shards.is_all or settings.discord_token is None:
        return []
    free = unheld(connection, bot_of(settings.discord_token.get_secret_value()), settings.shards)
    if free is None:
        return [Check(part="shards", state="fine", says=f"all {settings.shards.count} have a process")]
    says = (
        f"{free} have no process at work, so that nobody answers in their servers: start one for each with "
        "DARKROOM_SHARDS"
    )
    return [Check(part="shards", state="note", says=says)]


def _signed(settings: BotSettings) -> list[Check]:
    if signer_for(settings).fingerprint is not None:
        return []
    says = (
        "jobs and results are not signed: whoever can write to this Redis can have pictures made and posted. "
        "Set DARKROOM_QUEUE_KEY of the bot and of all workers to one secret, as openssl rand -hex 32 gives"
    )
    return [Check(part="signatures", state="note", says=says)]


def _set_aside(jobs: int) -> list[Check]:
    if not jobs:
        return []
    said = "1 job was" if jobs == 1 else f"{jobs} jobs were"
    says = f"{said} given up, because the workers died over it: see darkroom jobs set-aside"
    return [Check(part="jobs", state="note", says=says)]


def _worker(card: WorkerCard, settings: BotSettings) -> Check:
    if card.ails is not None:
        return Check(part="worker", state="broken", says=f"{card.name} on {card.device} {card.ails}")
    if card.key != signer_for(settings).fingerprint:
        says = (
            f"{card.name} on {card.device} has another key than this machine, so that its results are not "
            "believed: set DARKROOM_QUEUE_KEY of the bot and of all workers to the same"
        )
        return Check(part="worker", state="broken", says=says)
    says = f"{card.name} on {card.device} serves {', '.join(card.checkpoints)}"
    if card.blobs is None:
        return Check(part="worker", state="fine", says=says)
    try:
        ours = Blobs.open(settings).identity()
    except BlobStoreAway:
        # Told of already, as what it is.
        return Check(part="worker", state="fine", says=says)
    if card.blobs != ours:
        says = (
            f"{card.name} on {card.device} keeps its pictures elsewhere than {settings.blobs_place}, so that "
            "none of them can be posted: set DARKROOM_BLOBS of the bot and of the workers to one folder that "
            "all of them see, or to s3://bucket/prefix"
        )
        return Check(part="worker", state="broken", says=says)
    return Check(part="worker", state="fine", says=says)


async def _database(settings: BotSettings) -> Check:
    try:
        if await _is_behind(settings.database_address):
            says = "as an earlier version of Darkroom left it: a bot of this one brings it up to date"
            return Check(part="database", state="note", says=says)
        database = await Database.open(settings.database_address)
        try:
            await database.try_writing()
            waiting = len(await JobRecords(database).unfinished())
        finally:
            await database.close()
    except DatabaseAway as error:
        return Check(part="database", state="broken", says=str(error))
    return Check(part="database", state="fine", says=f"up to date, {waiting} jobs open")


async def _is_behind(address: str) -> bool:
    """Say whether a bot of an earlier version may be at work with the records, which are not ours then."""
    database = await Database.open(address, upto=None)
    try:
        return await database.is_behind()
    finally:
        await database.close()


def _blobs(settings: BotSettings) -> Check:
    try:
        Blobs.open(settings).try_writing()
    except (BlobMissing, BlobStoreAway) as error:
        return Check(part="pictures", state="broken", says=str(error))
    return Check(part="pictures", state="fine", says=f"kept in {settings.blobs_place}")
