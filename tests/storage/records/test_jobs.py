from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from moderation.bodies import Body, Goof
from storage.database import Database
from storage.events import Cancelled, Failed, Scores
from storage.jobs import Job
from storage.noise import Noise
from storage.records.jobs import JobRecords, NewerRecord, RowState
from storage.tables import JobRow, table_of
from tests.conftest import a_job
from tests.storage.conftest import GUILD, MEMBER, an_origin, finished, undelivered
from tests.storage.recorded import recorded

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def records(database: Database) -> JobRecords:
    return JobRecords(database)


async def test_a_job_is_found_as_it_was_added(records: JobRecords) -> None:
    job, origin = a_job(pictures=3), an_origin()
    await records.add(job, origin)
    record = await records.get(job.id)
    assert record is not None
    assert (record.job, record.origin, record.state, record.credits) == (job, origin, RowState.QUEUED, 3)
    assert (record.message_id, record.failure, record.finished_at, record.pictures) == (None, None, None, ())
    assert record.created_at == job.created_at
    assert await records.get("0" * 16) is None


async def test_adding_a_job_again_changes_nothing(records: JobRecords) -> None:
    job = a_job()
    await records.add(job, an_origin())
    await records.record_result(finished(job))
    await records.add(job, an_origin(member=1))
    record = await records.get(job.id)
    assert record is not None
    assert (record.state, record.origin.member_id) == (RowState.FINISHED, MEMBER)


async def test_a_result_counts_once(records: JobRecords) -> None:
    job = a_job(pictures=4)
    await records.add(job, an_origin())
    result = finished(job, withheld=1)
    counted = await asyncio.gather(*(records.record_result(result) for _ in range(5)))
    assert sorted(counted) == [False] * 4 + [True]
    assert await records.record_result(Failed(job_id=job.id, message="Late.")) is False
    record = await records.get(job.id)
    assert record is not None
    assert record.pictures == result.pictures
    assert (record.state, record.credits, record.seconds) == (RowState.FINISHED, 3, 1.5)
    assert record.failure is None
    assert record.finished_at is not None


async def test_a_result_of_an_unknown_job_is_refused(records: JobRecords) -> None:
    assert await records.record_result(finished(a_job())) is False


async def test_what_failed_or_was_cancelled_costs_nothing(records: JobRecords) -> None:
    failed, cancelled = a_job(pictures=4), a_job(pictures=4)
    for job in (failed, cancelled):
        await records.add(job, an_origin())
    assert [record.credits for record in await records.of_member(MEMBER)] == [4, 4]
    await records.record_result(Failed(job_id=failed.id, message="No."))
    await records.record_result(Cancelled(job_id=cancelled.id))
    found = {record.job.id: record for record in await records.of_member(MEMBER)}
    assert [record.credits for record in found.values()] == [0, 0]
    assert (found[failed.id].state, found[failed.id].failure) == (RowState.FAILED, "No.")
    assert (found[cancelled.id].state, found[cancelled.id].failure) == (RowState.CANCELLED, None)


async def test_only_what_was_shown_costs(records: JobRecords) -> None:
    job = a_job(pictures=4)
    await records.add(job, an_origin())
    await records.record_result(finished(job))
    await records.mark_posted(job.id, 1, 2, shown=3)
    assert [record.credits for record in await records.of_member(MEMBER)] == [3]


async def test_the_way_of_a_job_through_its_states(records: JobRecords) -> None:
    jobs = {name: a_job() for name in ("posted", "kept", "told", "cancelled", "open")}
    for job in jobs.values():
        await records.add(job, an_origin())
    await records.set_message(jobs["posted"].id, 1, 2)
    assert {record.job.id for record in await records.unfinished()} == {job.id for job in jobs.values()}
    await records.record_result(finished(jobs["posted"]))
    await records.record_result(finished(jobs["kept"]))
    await records.record_result(Failed(job_id=jobs["told"].id, message="No."))
    await records.record_result(Cancelled(job_id=jobs["cancelled"].id))
    assert [record.job.id for record in await records.unfinished()] == [jobs["open"].id]
    assert len(await undelivered(records)) == 4
    await records.mark_posted(jobs["posted"].id, 3, 4, shown=1)
    await records.mark_kept(jobs["kept"].id, "The channel is gone.")
    await records.mark_posted(jobs["told"].id, 5, 6, shown=0)
    await records.mark_posted(jobs["cancelled"].id, 7, 8, shown=0)
    await records.mark_posted(jobs["open"].id, 9, 9, shown=0)
    assert await undelivered(records) == []
    found = {name: await records.get(job.id) for name, job in jobs.items()}
    got = {name: (r.state, r.message_id, r.message_channel_id, r.failure) for name, r in found.items() if r}
    assert got == {
        "posted": (RowState.POSTED, 3, 4, None),
        "kept": (RowState.KEPT, None, None, "The channel is gone."),
        "told": (RowState.TOLD, 5, 6, "No."),
        "cancelled": (RowState.TOLD, 7, 8, None),
        "open": (RowState.QUEUED, None, None, None),
    }
    await records.mark_kept(jobs["posted"].id, "Too late.")
    record = await records.get(jobs["posted"].id)
    assert record is not None
    assert record.state is RowState.POSTED


async def test_a_members_jobs_are_listed_newest_first(records: JobRecords) -> None:
    jobs = [a_job().model_copy(update={"created_at": LONG_AGO + timedelta(days=day)}) for day in range(5)]
    for day, job in enumerate(jobs):
        await records.add(job, an_origin(guild=GUILD if day % 2 else None))
    await records.add(a_job(), an_origin(member=7))
    listed = [record.job.id for record in await records.of_member(MEMBER, limit=3)]
    assert listed == [job.id for job in reversed(jobs)][:3]
    here = [record.job.id for record in await records.of_member(MEMBER, guild_id=GUILD)]
    assert here == [jobs[3].id, jobs[1].id]
    assert [record.job.id for record in await records.unfinished()][:5] == [job.id for job in jobs]


async def test_scores_are_kept(records: JobRecords) -> None:
    job = a_job()
    await records.add(job, an_origin())
    body = Body(box=(1, 2, 3, 4), errors=1.25, goofs=(Goof(part="arm", counted=3, expected=2),))
    scores = Scores(agreement=0.5, bodies=(body,), aesthetics=5.5)
    (picture,) = finished(job).pictures
    result = finished(job).model_copy(update={"pictures": (picture.model_copy(update={"scores": scores}),)})
    await records.record_result(result)
    record = await records.get(job.id)
    assert record is not None
    assert record.pictures[0].scores == scores


async def test_a_variation_of_many_noises_comes_back(records: JobRecords) -> None:
    job = a_job()
    task = job.task.model_copy(
        update={"noises": (Noise(seed=2**32 - 1),), "prompt": "日本 \u202e 'quote' \\ %"}
    )
    job = job.model_copy(update={"task": task})
    await records.add(job, an_origin())
    record = await records.get(job.id)
    assert record is not None
    assert record.job == job


def test_an_origin_does_not_show_its_token() -> None:
    assert "token='token'" not in repr(an_origin())


async def test_a_job_that_a_newer_bot_wrote_hides_no_other_and_is_a_sentence(
    database: Database, records: JobRecords, caplog: pytest.LogCaptureFixture
) -> None:
    known, odd = a_job(), a_job()
    for job in (known, odd):
        await records.add(job, an_origin())
    said = {**odd.model_dump(mode="json"), "task": {"kind": "frames"}}
    async with database.writing() as db:
        await db.execute(update(table_of(JobRow)).where(JobRow.id == odd.id).values(job=said))
    for _ in range(2):
        assert [record.job for record in await records.unfinished()] == [known]
    assert [record.job for record in await records.of_member(MEMBER)] == [known]
    assert caplog.text.count(f"Job {odd.id} is left as it is") == 1
    with pytest.raises(NewerRecord, match="does not know the kind of task “frames”: it needs an update"):
        await records.get(odd.id)


@pytest.mark.parametrize("name", recorded("jobs"))
async def test_a_row_of_version_1_is_read(records: JobRecords, database: Database, name: str) -> None:
    said, job = recorded("jobs")[name]["job"], a_job()
    await records.add(job, an_origin())
    async with database.writing() as db:
        await db.execute(update(table_of(JobRow)).values(job={**said, "id": job.id}))
    record = await records.get(job.id)
    assert record is not None
    assert record.job == Job.model_validate({**said, "id": job.id})


async def test_a_backlog_is_read_a_page_at_a_time(
    records: JobRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.records.jobs._PAGE", 2)
    jobs = [a_job() for _ in range(5)]
    for job in jobs:
        await records.add(job, an_origin())
    pages = [[record.job.id for record in page] async for page in records.in_pages(RowState.QUEUED)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(job_id for page in pages for job_id in page) == sorted(job.id for job in jobs)
    assert [page async for page in records.in_pages(RowState.FAILED)] == []
