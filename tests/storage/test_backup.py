"""What was backed up is there again, row by row and picture by picture, in either kind of database."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import RowMapping, select

from moderation.policy import NSFW
from storage.backup import NotBackedUp, back_up, own_files
from storage.blobs import Blobs
from storage.database import Database, take_back
from storage.events import Failed
from storage.records.jobs import JobRecords
from storage.records.policies import PolicyRecords
from storage.restore import restore
from storage.settings import BotSettings
from storage.table_dump import revision
from storage.tables import Base
from tests.conftest import a_job
from tests.storage.conftest import GUILD, an_origin, finished
from tests.stores import emptied

pytestmark = pytest.mark.usefixtures("kept_in_folders")

FILES = ("embeddings/mine.safetensors", "lists/names.txt", "models.toml", "server.key")


def settings(home: Path, address: str) -> BotSettings:
    return BotSettings(home=home, database_url=SecretStr(address))


def a_home(home: Path, **more: Any) -> BotSettings:
    return BotSettings(home=home, **more)


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
    assert list(own_files(after)) == list(own_files(before)) == sorted(FILES)
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


async def test_a_damaged_picture_is_named_and_all_others_are_backed_up(tmp_path: Path) -> None:
    known, after = a_home(tmp_path / "home"), a_home(tmp_path / "after")
    await fill(known)
    damaged = damage_one(known.home / "blobs")
    made = await back_up(known, tmp_path / "backup.tar")
    assert (made.pictures, made.damaged) == (2, (damaged,))
    assert (await restore(after, tmp_path / "backup.tar")).pictures == 2
    assert set(Blobs.open(after).names()) == set(Blobs.open(known).names()) - {damaged}


async def test_a_picture_may_be_deleted_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = a_home(tmp_path / "home")
    await fill(known)
    listed = list(Blobs.open(known).names())
    Blobs.open(known).delete(listed[1])
    monkeypatch.setattr(Blobs, "names", lambda self: iter(listed))
    made = await back_up(known, tmp_path / "backup.tar")
    assert (made.pictures, made.damaged) == (2, ())


async def test_records_of_an_earlier_version_are_left_as_they_are(address: str, tmp_path: Path) -> None:
    """Its bot may be at work with them, and whoever goes back to it wants what it can read."""
    known, after = settings(tmp_path / "home", address), a_home(tmp_path / "after")
    await fill(known)
    await take_back(address, "0019")
    await back_up(known, tmp_path / "backup.tar")
    opened = await Database.open(address, upto=None)
    async with opened.reading() as db:
        assert await db.run_sync(revision) == "0019"
    await opened.close()
    await restore(after, tmp_path / "backup.tar")
    assert await rows(after.database_address) == await rows(address)


async def test_nothing_is_no_backup_and_makes_nothing(tmp_path: Path) -> None:
    """A setting that is missing where a timer runs the command would be noticed when it is too late."""
    known = a_home(tmp_path / "elsewhere")
    with pytest.raises(NotBackedUp, match=r"There are no records in .*elsewhere.* as the bot has them"):
        await back_up(known, tmp_path / "backup.tar")
    assert not known.home.exists()
    await (await Database.open(known.database_address)).close()
    Blobs.open(known).put(b"a picture")
    with pytest.raises(NotBackedUp, match="There are no records"):
        await back_up(known, tmp_path / "backup.tar")
    assert written(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("nowhere/all.tar", "all.tar cannot be written: No such file"),
        (".", "is a folder: name a file in it"),
        ("backup-of-before.tar", "backup-of-before.tar is there already: choose a new name"),
        ("backup-pipe", "is there already"),
        ("backup-link", "is there already"),
    ],
)
async def test_what_cannot_be_written_is_told(tmp_path: Path, file: str, sentence: str) -> None:
    known = a_home(tmp_path / "home")
    await fill(known)
    (tmp_path / "backup-of-before.tar").write_text("the only one")
    os.mkfifo(tmp_path / "backup-pipe")
    (tmp_path / "backup-link").symlink_to("nowhere")
    there = written(tmp_path)
    with pytest.raises(NotBackedUp, match=sentence):
        await back_up(known, tmp_path / file)
    assert written(tmp_path) == there
    assert (tmp_path / "backup-of-before.tar").read_text() == "the only one"
    assert (tmp_path / "backup-pipe").is_fifo()
    assert (tmp_path / "backup-link").is_symlink()


async def test_lists_that_lie_elsewhere_come_back_into_the_data_folder(tmp_path: Path) -> None:
    await fill(a_home(tmp_path / "home"))
    (tmp_path / "etc" / "deep").mkdir(parents=True)
    for name in ("people.txt", "deep/artists.txt"):
        (tmp_path / "etc" / name).write_text(name)
    known = a_home(tmp_path / "home", names=tmp_path / "etc")
    after = a_home(tmp_path / "after")
    await back_up(known, tmp_path / "backup.tar")
    await restore(after, tmp_path / "backup.tar")
    for name in ("people.txt", "deep/artists.txt"):
        assert (after.home / "lists" / name).read_text() == name
    one = a_home(tmp_path / "home", names=tmp_path / "etc" / "people.txt")
    assert own_files(one)["lists/people.txt"] == tmp_path / "etc" / "people.txt"


def damage_one(blobs: Path) -> str:
    """Damage a picture, and give its name."""
    damaged = next(blobs.rglob("*.png"))
    damaged.write_bytes(b"bad")
    return damaged.stem


def written(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("backup*"))
