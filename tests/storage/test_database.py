from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from moderation.anatomy import Body, Goof
from moderation.findings import Finding, Findings
from moderation.policy import NSFW, SFW
from moderation.verdict import Action, Reason, Verdict
from storage import database as module
from storage.database import Database, DatabaseAway, Origin, RowState
from storage.events import Cancelled, Failed, Finished, Picture, Scores
from storage.jobs import Job, Noise
from storage.recipe import Recipe
from storage.tables import Base
from tests.conftest import a_job, imagined, small_disk

GUILD, CHANNEL, MEMBER = 2**62, 2**62 + 1, 2**62 + 2
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database for each test."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/new/darkroom.db"
    given: str = request.getfixturevalue("postgres_address")
    server = given.replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(server)
    async with engine.begin() as db:
        await db.execute(text("DROP SCHEMA public CASCADE"))
        await db.execute(text("CREATE SCHEMA public"))
    await engine.dispose()
    return server


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    opened = await Database.open(address)
    yield opened
    await opened.close()


def an_origin(member: int = MEMBER, guild: int | None = GUILD, channel: int = CHANNEL) -> Origin:
    return Origin(
        guild_id=guild,
        channel_id=channel,
        member_id=member,
        token="token",
        token_expires_at=datetime(2026, 11, 20, 12, 15, tzinfo=UTC),
        source_message_id=42,
    )


def finished(job: Job, withheld: int = 0) -> Finished:
    pictures = []
    for index, noise in enumerate(imagined(job).noises):
        recipe = Recipe(
            **job.task.model_dump(exclude={"kind", "noises", "best"}),
            checkpoint="pocket",
            checkpoint_hash="ab",
            noise=noise,
        )
        blocked = index < withheld
        reason = Reason(rule="nudity", matched="X", explanation="It shows too much.")
        verdict = Verdict(verdict=Action.BLOCK, reasons=(reason,)) if blocked else Verdict()
        findings = Findings(detector="d", found=(Finding(label="FACE", score=0.5, box=(1, 2, 3, 4)),))
        pictures.append(
            Picture(
                blob=None if blocked else f"{index:064x}", recipe=recipe, findings=findings, verdict=verdict
            )
        )
    return Finished(job_id=job.id, pictures=tuple(pictures), seconds=1.5)


async def test_a_job_is_found_as_it_was_added(database: Database) -> None:
    job, origin = a_job(pictures=3), an_origin()
    await database.add_job(job, origin)
    record = await database.job(job.id)
    assert record is not None
    assert (record.job, record.origin, record.state, record.credits) == (job, origin, RowState.QUEUED, 3)
    assert (record.message_id, record.failure, record.finished_at, record.pictures) == (None, None, None, ())
    assert record.created_at == job.created_at
    assert await database.job("0" * 16) is None


async def test_adding_a_job_again_changes_nothing(database: Database) -> None:
    job = a_job()
    await database.add_job(job, an_origin())
    await database.record_result(finished(job))
    await database.add_job(job, an_origin(member=1))
    record = await database.job(job.id)
    assert record is not None
    assert (record.state, record.origin.member_id) == (RowState.FINISHED, MEMBER)


async def test_a_job_names_the_picture_it_came_from(database: Database) -> None:
    first, second = a_job(), a_job()
    await database.add_job(first, an_origin(guild=None))
    origin = Origin(None, CHANNEL, MEMBER, None, None, source_job_id=first.id, source_index=2)
    await database.add_job(second, origin)
    record = await database.job(second.id)
    assert record is not None
    assert record.origin == origin


async def test_a_result_counts_once(database: Database) -> None:
    job = a_job(pictures=4)
    await database.add_job(job, an_origin())
    result = finished(job, withheld=1)
    counted = await asyncio.gather(*(database.record_result(result) for _ in range(5)))
    assert sorted(counted) == [False] * 4 + [True]
    assert await database.record_result(Failed(job_id=job.id, message="Late.")) is False
    record = await database.job(job.id)
    assert record is not None
    assert record.pictures == result.pictures
    assert (record.state, record.credits, record.seconds) == (RowState.FINISHED, 3, 1.5)
    assert record.failure is None
    assert record.finished_at is not None


async def test_a_result_of_an_unknown_job_is_refused(database: Database) -> None:
    assert await database.record_result(finished(a_job())) is False


async def test_what_failed_or_was_cancelled_costs_nothing(database: Database) -> None:
    failed, cancelled = a_job(pictures=4), a_job(pictures=4)
    for job in (failed, cancelled):
        await database.add_job(job, an_origin())
    assert await database.spent(MEMBER, LONG_AGO) == 8
    await database.record_result(Failed(job_id=failed.id, message="No."))
    await database.record_result(Cancelled(job_id=cancelled.id))
    assert await database.spent(MEMBER, LONG_AGO) == 0
    records = {record.job.id: record for record in await database.jobs_of(MEMBER)}
    assert (records[failed.id].state, records[failed.id].failure) == (RowState.FAILED, "No.")
    assert (records[cancelled.id].state, records[cancelled.id].failure) == (RowState.CANCELLED, None)


async def test_only_what_was_shown_costs(database: Database) -> None:
    job = a_job(pictures=4)
    await database.add_job(job, an_origin())
    await database.record_result(finished(job))
    await database.mark_posted(job.id, 1, 2, shown=3)
    assert await database.spent(MEMBER, LONG_AGO) == 3


async def test_credits_count_from_a_day(database: Database) -> None:
    await database.add_job(a_job(pictures=2), an_origin())
    await database.add_job(a_job(pictures=3), an_origin(member=7))
    assert await database.spent(MEMBER, datetime.now(UTC) - timedelta(hours=1)) == 2
    assert await database.spent(MEMBER, datetime.now(UTC) + timedelta(hours=1)) == 0
    assert await database.spent(99, LONG_AGO) == 0


async def test_the_way_of_a_job_through_its_states(database: Database) -> None:
    jobs = {name: a_job() for name in ("posted", "kept", "told", "cancelled", "open")}
    for job in jobs.values():
        await database.add_job(job, an_origin())
    await database.set_message(jobs["posted"].id, 1, 2)
    assert {record.job.id for record in await database.open_jobs()} == {job.id for job in jobs.values()}
    await database.record_result(finished(jobs["posted"]))
    await database.record_result(finished(jobs["kept"]))
    await database.record_result(Failed(job_id=jobs["told"].id, message="No."))
    await database.record_result(Cancelled(job_id=jobs["cancelled"].id))
    assert [record.job.id for record in await database.open_jobs()] == [jobs["open"].id]
    assert len(await database.undelivered()) == 4
    await database.mark_posted(jobs["posted"].id, 3, 4, shown=1)
    await database.mark_kept(jobs["kept"].id, "The channel is gone.")
    await database.mark_posted(jobs["told"].id, 5, 6, shown=0)
    await database.mark_posted(jobs["cancelled"].id, 7, 8, shown=0)
    await database.mark_posted(jobs["open"].id, 9, 9, shown=0)
    assert await database.undelivered() == []
    records = {name: await database.job(job.id) for name, job in jobs.items()}
    got = {name: (r.state, r.message_id, r.message_channel_id, r.failure) for name, r in records.items() if r}
    assert got == {
        "posted": (RowState.POSTED, 3, 4, None),
        "kept": (RowState.KEPT, None, None, "The channel is gone."),
        "told": (RowState.TOLD, 5, 6, "No."),
        "cancelled": (RowState.TOLD, 7, 8, None),
        "open": (RowState.QUEUED, None, None, None),
    }
    await database.mark_kept(jobs["posted"].id, "Too late.")
    record = await database.job(jobs["posted"].id)
    assert record is not None
    assert record.state is RowState.POSTED


async def test_a_members_jobs_are_listed_newest_first(database: Database) -> None:
    jobs = [a_job().model_copy(update={"created_at": LONG_AGO + timedelta(days=day)}) for day in range(5)]
    for day, job in enumerate(jobs):
        await database.add_job(job, an_origin(guild=GUILD if day % 2 else None))
    await database.add_job(a_job(), an_origin(member=7))
    listed = [record.job.id for record in await database.jobs_of(MEMBER, limit=3)]
    assert listed == [job.id for job in reversed(jobs)][:3]
    here = [record.job.id for record in await database.jobs_of(MEMBER, guild_id=GUILD)]
    assert here == [jobs[3].id, jobs[1].id]
    assert [record.job.id for record in await database.open_jobs()][:5] == [job.id for job in jobs]


async def test_a_channels_policy_is_set_and_taken_away(database: Database) -> None:
    assert await database.policy(CHANNEL) is None
    await database.set_policy(GUILD, CHANNEL, NSFW, MEMBER)
    assert await database.policy(CHANNEL) == NSFW
    await database.set_policy(GUILD, CHANNEL, SFW, MEMBER)
    assert await database.policy(CHANNEL) == SFW
    await database.set_policy(GUILD, CHANNEL, None, MEMBER)
    assert await database.policy(CHANNEL) is None


async def test_a_policy_that_cannot_be_read_opens_nothing(database: Database) -> None:
    await database.set_policy(GUILD, CHANNEL, NSFW, MEMBER)
    async with database._writing() as db:
        await db.execute(text("""UPDATE channels SET policy = '{"preset": "anything goes"}'"""))
    assert await database.policy(CHANNEL) is None


async def test_the_tables_are_what_the_migrations_make(database: Database) -> None:
    async with database._reading() as db:
        differences = await db.run_sync(
            lambda connection: compare_metadata(MigrationContext.configure(connection), Base.metadata)
        )
    assert differences == []


async def test_opening_again_finds_everything(address: str) -> None:
    first = await Database.open(address)
    job = a_job()
    await first.add_job(job, an_origin())
    await first.close()
    second = await Database.open(address)
    assert await second.job(job.id) is not None
    await second.close()


async def test_agreements_of_an_earlier_version_are_scores_now(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/darkroom.db"
    opened, (job, plain) = await Database.open(url), (a_job(), a_job())
    for each in (job, plain):
        await opened.add_job(each, an_origin())
        await opened.record_result(finished(each))
    await opened.close()
    with sqlite3.connect(tmp_path / "darkroom.db") as old:
        old.execute("ALTER TABLE pictures DROP COLUMN scores")
        old.execute("ALTER TABLE pictures ADD COLUMN agreement FLOAT")
        old.execute("UPDATE pictures SET agreement = 0.25 WHERE job_id = ?", [job.id])
        old.execute("UPDATE alembic_version SET version_num = '0002'")
    opened = await Database.open(url)
    for each, scores in ((job, Scores(agreement=0.25)), (plain, None)):
        record = await opened.job(each.id)
        assert record is not None
        assert [picture.scores for picture in record.pictures] == [scores]
    await opened.close()


async def test_scores_are_kept(database: Database) -> None:
    job = a_job()
    await database.add_job(job, an_origin())
    body = Body(box=(1, 2, 3, 4), errors=1.25, goofs=(Goof(part="arm", counted=3, expected=2),))
    scores = Scores(agreement=0.5, bodies=(body,), aesthetics=5.5)
    (picture,) = finished(job).pictures
    result = finished(job).model_copy(update={"pictures": (picture.model_copy(update={"scores": scores}),)})
    await database.record_result(result)
    record = await database.job(job.id)
    assert record is not None
    assert record.pictures[0].scores == scores


async def test_two_that_open_a_new_database_together_both_succeed(address: str) -> None:
    for opened in await asyncio.gather(Database.open(address), Database.open(address)):
        assert await opened.open_jobs() == []
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
    assert await opened.open_jobs() == []
    await opened.close()


async def test_a_database_of_a_newer_version_is_a_sentence(address: str) -> None:
    opened = await Database.open(address)
    async with opened._writing() as db:
        await db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await opened.close()
    with pytest.raises(DatabaseAway, match="newer version of Darkroom"):
        await Database.open(address)


async def test_many_write_at_once(database: Database) -> None:
    jobs = [a_job() for _ in range(30)]

    async def live(job: Job) -> None:
        await database.add_job(job, an_origin())
        await database.set_message(job.id, 1, 2)
        assert await database.record_result(finished(job))
        await database.mark_posted(job.id, 1, 2, shown=1)

    await asyncio.gather(*(live(job) for job in jobs))
    records = await database.jobs_of(MEMBER, limit=100)
    assert {record.state for record in records} == {RowState.POSTED}
    assert len(records) == 30


async def test_a_variation_of_many_noises_comes_back(database: Database) -> None:
    job = a_job()
    task = job.task.model_copy(
        update={"noises": (Noise(seed=2**32 - 1),), "prompt": "日本 \u202e 'quote' \\ %"}
    )
    job = job.model_copy(update={"task": task})
    await database.add_job(job, an_origin())
    record = await database.job(job.id)
    assert record is not None
    assert record.job == job


async def test_a_postgres_that_dropped_its_connections_is_used_again(postgres_address: str) -> None:
    address = postgres_address.replace("postgresql://", "postgresql+asyncpg://")
    database = await Database.open(address)
    others = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    engine = create_async_engine(address)
    async with engine.begin() as db:
        await db.execute(others)
    await engine.dispose()
    assert await database.job("0" * 16) is None
    await database.close()


async def test_a_postgres_without_the_database_is_a_sentence(postgres_address: str) -> None:
    address = postgres_address.replace("postgresql://", "postgresql+asyncpg://")
    with pytest.raises(DatabaseAway, match='"nothing" does not exist'):
        await Database.open(address.replace("/postgres?", "/nothing?"))


async def test_a_mistake_of_ours_does_not_look_like_an_absence(database: Database) -> None:
    orphan = Origin(None, CHANNEL, MEMBER, None, None, source_job_id="f" * 16, source_index=0)
    with pytest.raises(IntegrityError):
        await database.add_job(a_job(), orphan)
    assert await database.open_jobs() == []


async def test_sqlite_is_durable_and_checks_its_keys(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    async with database._reading() as db:
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
        await database.add_job(a_job(), an_origin())
    other.rollback()
    await database.add_job(a_job(), an_origin())
    other.close()
    await database.close()


async def test_a_full_disk_is_a_sentence_and_harms_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path, "size=512k"):
        database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/x.db")
        kept = a_job()
        await database.add_job(kept, an_origin())

        async def fill() -> None:
            while True:
                await database.add_job(a_job(pictures=4), an_origin())

        with pytest.raises(DatabaseAway, match="disk that holds the database is full"):
            await fill()
        record = await database.job(kept.id)
        assert record is not None
        assert record.state is RowState.QUEUED
        await database.close()


async def test_a_database_that_is_away_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway, match="cannot be used"):
        await Database.open("postgresql+asyncpg://nobody@127.0.0.1:9/nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseAway, match="cannot be kept"):
        await Database.open(f"sqlite+aiosqlite:///{tmp_path}/file/x.db")


def test_an_origin_does_not_show_its_token() -> None:
    assert "token='token'" not in repr(an_origin())
