"""What was backed up is there again, row by row and picture by picture, in either kind of database."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import RowMapping, select

from moderation.policy import NSFW
from storage.backup import back_up, own_files
from storage.blobs import BlobMissing, Blobs
from storage.database import Database
from storage.events import Failed
from storage.records.jobs import JobRecords
from storage.records.policies import PolicyRecords
from storage.restore import restore
from storage.settings import BotSettings
from storage.tables import Base
from tests.conftest import a_job
from tests.storage.conftest import GUILD, an_origin, finished
from tests.stores import emptied

FILES = ("embeddings/mine.safetensors", "lists/names.txt", "models.toml", "server.key")


def settings(home: Path, address: str) -> BotSettings:
    return BotSettings(home=home, database_url=SecretStr(address))


async def fill(known: BotSettings) -> None:
    """Two servers' worth of rows of every kind of value, three pictures, and an operator's own files."""
    database = await Database.open(known.database_address)
    records, blobs = JobRecords(database), Blobs.open(known)
    for job in (a_job(pictures=2), a_job(pictures=2), a_job()):
        await records.add(job, an_origin())
    await records.record_result(finished(job, withheld=1))
    failed = a_job()
    await records.add(failed, an_origin(guild=None))
    await records.record_result(Failed(job_id=failed.id, message="No “picture”, señor; 絵がない"))
    await database.close()
    for number in range(3):
        blobs.put(f"picture {number}".encode())
    for file in FILES:
        (known.home / file).parent.mkdir(parents=True, exist_ok=True)
        (known.home / file).write_bytes(hashlib.sha256(file.encode()).digest())


def in_order(row: RowMapping) -> str:
    """A row as text; Postgres keeps the fields of documents in an order of its own."""
    return json.dumps(dict(row), sort_keys=True, default=repr)


async def rows(address: str) -> dict[str, list[Any]]:
    database = await Database.open(address)
    try:
        async with database.reading() as db:
            return {
                table.name: sorted(map(in_order, (await db.execute(select(table))).mappings()))
                for table in Base.metadata.sorted_tables
            }
    finally:
        await database.close()


async def test_every_row_and_picture_is_there_again(address: str, tmp_path: Path) -> None:
    before = settings(tmp_path / "before", address)
    after = settings(tmp_path / "after", f"sqlite+aiosqlite:///{tmp_path}/after.db")
    await fill(before)
    made = await back_up(before, tmp_path / "backup.tar")
    assert (made.pictures, made.files) == (3, len(FILES))
    assert made.rows == sum(map(len, (await rows(address)).values()))
    assert await restore(after, tmp_path / "backup.tar") == made
    assert await rows(after.database_address) == await rows(address)
    there = {sha: Blobs.open(after).get(sha) for sha in Blobs.open(after).names()}
    assert there == {sha: Blobs.open(before).get(sha) for sha in Blobs.open(before).names()}
    assert own_files(after) == own_files(before)
    assert all((after.home / file).read_bytes() == (before.home / file).read_bytes() for file in FILES)
    assert written(tmp_path) == ["backup.tar"]
    assert (tmp_path / "backup.tar").stat().st_mode & 0o077 == 0, "there is a key in it"


async def test_from_one_machine_into_postgres_it_counts_on(
    postgres_address: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = settings(tmp_path / "before", f"sqlite+aiosqlite:///{tmp_path}/before.db")
    await fill(before)
    opened = await Database.open(before.database_address)
    await PolicyRecords(opened).set(GUILD, GUILD, NSFW, 1)
    await opened.close()
    await back_up(before, tmp_path / "backup.tar")
    address = await emptied(postgres_address)
    after = settings(tmp_path / "after", address)
    await restore(after, tmp_path / "backup.tar")
    assert await rows(address) == await rows(before.database_address)
    opened = await Database.open(address)
    await PolicyRecords(opened).set(GUILD, GUILD, NSFW, 1)
    await opened.close()


async def test_a_damaged_picture_is_told_and_leaves_no_backup(tmp_path: Path) -> None:
    known = settings(tmp_path / "home", f"sqlite+aiosqlite:///{tmp_path}/home.db")
    await fill(known)
    damage_one(known.home / "blobs")
    with pytest.raises(BlobMissing, match="damaged"):
        await back_up(known, tmp_path / "backup.tar")
    assert written(tmp_path) == []


def damage_one(blobs: Path) -> None:
    next(blobs.rglob("*.png")).write_bytes(b"bad")


def written(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("backup*"))
