from __future__ import annotations

import asyncio
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from moderation.policy import NSFW
from storage import database as module
from storage.database import Database, DatabaseAway, take_back
from storage.events import Scores
from storage.jobs import Job
from storage.lineage_tables import SourceRow
from storage.manner import Manner
from storage.records.jobs import JobRecords, RowState
from storage.records.lineage import Ancestor, Lineage
from storage.records.policies import Change, PolicyRecords
from storage.review_tables import ReviewRow
from storage.starts import Whole
from storage.tables import Base
from tests.conftest import a_job, imagined, small_disk
from tests.storage.conftest import CHANNEL, MEMBER, an_origin, finished


async def test_the_tables_are_what_the_migrations_make(database: Database) -> None:
    async with database.reading() as db:
        differences = await db.run_sync(
            lambda connection: compare_metadata(MigrationContext.configure(connection), Base.metadata)
        )
    assert differences == []
    assert {ReviewRow.__tablename__, SourceRow.__tablename__} <= set(Base.metadata.tables)


async def test_opening_again_finds_everything(address: str) -> None:
    first = await Database.open(address)
    job = a_job()
    await JobRecords(first).add(job, an_origin())
    await first.close()
    second = await Database.open(address)
    assert await JobRecords(second).get(job.id) is not None
    await second.close()


async def test_agreements_of_an_earlier_version_are_scores_now(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/darkroom.db"
    opened, (job, plain) = await Database.open(url), (a_job(), a_job())
    for each in (job, plain):
        await JobRecords(opened).add(each, an_origin())
        await JobRecords(opened).record_result(finished(each))
    await opened.close()
    await take_back(url, "0002")
    with sqlite3.connect(tmp_path / "darkroom.db") as old:
        old.execute("UPDATE pictures SET agreement = 0.25 WHERE job_id = ?", [job.id])
    opened = await Database.open(url)
    for each, scores in ((job, Scores(agreement=0.25)), (plain, None)):
        record = await JobRecords(opened).get(each.id)
        assert record is not None
        assert [picture.scores for picture in record.pictures] == [scores]
    await opened.close()


async def test_every_migration_can_be_taken_back_and_made_again(address: str) -> None:
    job = a_job()
    opened = await Database.open(address)
    await JobRecords(opened).add(job, an_origin())
    await opened.close()
    await take_back(address, "0001")
    opened = await Database.open(address)
    record = await JobRecords(opened).get(job.id)
    assert record is not None
    assert record.job == job
    await opened.close()


async def test_an_older_bot_shows_no_server_what_was_private(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/darkroom.db"
    opened, manners = await Database.open(url), dict[str, Manner]()
    for manner in Manner:
        job = a_job()
        manners[job.id] = manner
        await JobRecords(opened).add(job, replace(an_origin(), manner=manner))
    await opened.close()
    await take_back(url, "0013")
    opened = await Database.open(url)
    for job_id, manner in manners.items():
        record = await JobRecords(opened).get(job_id)
        assert record is not None
        assert record.origin.manner is Manner.HERE
        assert (record.origin.guild_id is None) is manner.is_secret
    await opened.close()


async def test_jobs_of_an_earlier_version_know_what_they_were_made_from(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/darkroom.db"
    opened, root, child = await Database.open(url), a_job(), a_job()
    await JobRecords(opened).add(root, an_origin())
    await JobRecords(opened).record_result(finished(root))
    start = Whole(image=f"{0:064x}")
    child = child.model_copy(update={"task": imagined(child).model_copy(update={"start": start})})
    await JobRecords(opened).add(child, an_origin())
    await opened.close()
    await take_back(url, "0009")
    opened = await Database.open(url)
    assert await Lineage(opened).parents(child.id) == [Ancestor(root.id, 0)]
    await opened.close()


async def test_channels_that_an_earlier_version_opened_are_open_still(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/darkroom.db"
    opened = await Database.open(url)
    await JobRecords(opened).add(a_job(), an_origin())
    await opened.close()
    await take_back(url, "0003")
    with sqlite3.connect(tmp_path / "darkroom.db") as old:
        said = json.dumps({"preset": "nsfw", "sexual_prompts": "allow", "nudity": "allow"})
        old.execute("UPDATE channels SET policy = ?, opened_by = ?", [said, MEMBER])
    opened = await Database.open(url)
    (past,) = await PolicyRecords(opened).history((CHANNEL,), limit=5)
    assert (past.change, past.policy, past.member_id) == (Change.SET, NSFW, MEMBER)
    await opened.close()


async def test_two_that_open_a_new_database_together_both_succeed(address: str) -> None:
    for opened in await asyncio.gather(Database.open(address), Database.open(address)):
        assert await JobRecords(opened).unfinished() == []
        await opened.close()


async def test_a_new_database_that_another_program_writes_to_is_opened_when_that_is_done(
    tmp_path: Path,
) -> None:
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    opening = asyncio.create_task(Database.open(f"sqlite+aiosqlite:///{tmp_path}/x.db"))
    await asyncio.sleep(0.5)
    assert not opening.done()
    other.execute("COMMIT")
    other.close()
    opened = await opening
    assert await JobRecords(opened).unfinished() == []
    await opened.close()


async def test_a_database_of_a_newer_version_is_a_sentence(address: str) -> None:
    opened = await Database.open(address)
    async with opened.writing() as db:
        await db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await opened.close()
    with pytest.raises(DatabaseAway, match="newer version of Darkroom"):
        await Database.open(address)


async def test_many_write_at_once(database: Database) -> None:
    records = JobRecords(database)
    jobs = [a_job() for _ in range(30)]

    async def live(job: Job) -> None:
        await records.add(job, an_origin())
        await records.set_message(job.id, 1, 2)
        assert await records.record_result(finished(job))
        await records.mark_posted(job.id, 1, 2, shown=1)

    await asyncio.gather(*(live(job) for job in jobs))
    found = await records.of_member(MEMBER, limit=100)
    assert {record.state for record in found} == {RowState.POSTED}
    assert len(found) == 30


async def test_a_postgres_that_dropped_its_connections_is_used_again(postgres_records: str) -> None:
    database = await Database.open(postgres_records)
    others = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    engine = create_async_engine(postgres_records)
    async with engine.begin() as db:
        await db.execute(others)
    await engine.dispose()
    assert await JobRecords(database).get("0" * 16) is None
    await database.close()


async def test_a_postgres_without_the_database_is_a_sentence(postgres_address: str) -> None:
    address = postgres_address.replace("postgresql://", "postgresql+asyncpg://")
    with pytest.raises(DatabaseAway, match='"nothing" does not exist'):
        await Database.open(address.replace("/postgres?", "/nothing?"))


async def test_a_mistake_of_ours_does_not_look_like_an_absence(database: Database) -> None:
    async def write() -> None:
        async with database.writing() as db:
            await db.execute(text("INSERT INTO servers (id) VALUES (1)"))
            await db.execute(text("INSERT INTO channels (id, server_id) VALUES (2, 3)"))

    with pytest.raises(IntegrityError):
        await write()
    async with database.reading() as db:
        assert (await db.execute(text("SELECT * FROM servers"))).all() == []


async def test_sqlite_is_durable_and_checks_its_keys(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    async with database.writing() as db:
        said = [
            (await db.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert said == ["wal", 2, 1, 10_000]
    await database.close()


async def test_a_locked_database_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUSY_MS", 50)
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    other = sqlite3.connect(tmp_path / "x.db")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseAway, match="locked by another program"):
        await JobRecords(database).add(a_job(), an_origin())
    other.rollback()
    await JobRecords(database).add(a_job(), an_origin())
    other.close()
    await database.close()


async def test_a_full_disk_is_a_sentence_and_harms_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path, "size=512k"):
        database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/x.db")
        kept = a_job()
        await JobRecords(database).add(kept, an_origin())

        async def fill() -> None:
            while True:
                await JobRecords(database).add(a_job(pictures=4), an_origin())

        with pytest.raises(DatabaseAway, match="disk that holds the database is full"):
            await fill()
        record = await JobRecords(database).get(kept.id)
        assert record is not None
        assert record.state is RowState.QUEUED
        await database.close()


async def test_a_database_that_is_away_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway, match="cannot be used"):
        await Database.open("postgresql+asyncpg://nobody@127.0.0.1:9/nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseAway, match="cannot be kept"):
        await Database.open(f"sqlite+aiosqlite:///{tmp_path}/file/x.db")


class Silent:
    """An engine whose connections time out without a word, as asyncpg's do."""

    def begin(self) -> Silent:
        return self

    async def __aenter__(self) -> None:
        raise TimeoutError

    async def __aexit__(self, *error: object) -> None:
        """Nothing was opened."""


async def test_a_silent_time_out_is_a_sentence(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_engine", Silent())
    with pytest.raises(DatabaseAway, match=r"^The database cannot be used.*TimeoutError"):
        await JobRecords(database).unfinished()
