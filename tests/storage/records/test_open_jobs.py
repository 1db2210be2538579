"""Jobs without a result are counted: a member's, a channel's, a server's and all."""

from __future__ import annotations

from storage.database import Database
from storage.records.jobs import JobRecords
from storage.records.open_jobs import OpenJobs, OpenNow
from storage.share import Share, Urgency
from tests.conftest import a_job
from tests.storage.conftest import CHANNEL, GUILD, MEMBER, an_origin, finished


async def test_jobs_are_counted_until_they_have_a_result(database: Database) -> None:
    records, jobs = JobRecords(database), [a_job() for _ in range(5)]
    origins = (
        an_origin(),
        an_origin(),
        an_origin(member=MEMBER + 1),
        an_origin(channel=CHANNEL + 1),
        an_origin(guild=None, channel=CHANNEL + 2),
    )
    for job, origin in zip(jobs, origins, strict=True):
        await records.add(job, origin)
    open_jobs = OpenJobs(database)
    assert await open_jobs.now(MEMBER, CHANNEL, GUILD) == OpenNow(member=4, channel=3, server=4, farm=5)
    await records.record_result(finished(jobs[0]))
    assert await open_jobs.now(MEMBER, CHANNEL, GUILD) == OpenNow(member=3, channel=2, server=3, farm=4)


async def test_those_that_wait_for_nothing_are_counted_apart(database: Database) -> None:
    records, open_jobs = JobRecords(database), OpenJobs(database)
    relaxed = a_job().model_copy(update={"share": Share(urgency=Urgency.RELAXED)})
    for job in (relaxed, a_job()):
        await records.add(job, an_origin())
    assert await open_jobs.relaxed(MEMBER) == 1
    assert await open_jobs.relaxed(MEMBER + 1) == 0
    await records.record_result(finished(relaxed))
    assert await open_jobs.relaxed(MEMBER) == 0
