"""The database finds the rows that `Shards.owns` says are looked after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.database import Database
from storage.records.jobs import JobRecords, RowState
from storage.records.promises import Promise, PromiseRecords
from storage.records.reviews import Case, Kind, ReviewRecords, State
from storage.shards import ALL, Shards
from tests.conftest import a_job
from tests.storage.conftest import an_origin

SERVERS = [None, 5, (1 << 22) + 7, (2 << 22) + 7, (3 << 22) + 1, 2**62 + 9, 2**63 - 1]
"""Of every shard of four, at both ends of what a number may be."""
LAYOUTS = [ALL, *map(Shards.read, ("0-1/4", "2-3/4", "0,3/4", "0-3/4", "1/3", "2/7"))]


@pytest.mark.parametrize("shards", LAYOUTS, ids=str)
async def test_the_jobs_of_a_process(database: Database, shards: Shards) -> None:
    records, jobs = JobRecords(database), {server_id: a_job() for server_id in SERVERS}
    for server_id, job in jobs.items():
        await records.add(job, replace(an_origin(), guild_id=server_id))
    found = [each.job.id async for page in records.in_pages(RowState.QUEUED, shards=shards) for each in page]
    assert set(found) == {job.id for server_id, job in jobs.items() if shards.owns(server_id)}
    assert await records.servers([*(job.id for job in jobs.values()), "unknown"]) == {
        job.id: server_id for server_id, job in jobs.items()
    }


async def test_the_reviews_and_promises_of_a_process(database: Database) -> None:
    reviews, promises = ReviewRecords(database), PromiseRecords(database)
    for server_id in filter(None, SERVERS):
        case = Case(key=f"held:{server_id}", kind=Kind.HELD, server_id=server_id, member_id=2, channel_id=3)
        await reviews.open(case)
        await reviews.set_channel(server_id, 4, 2, f"{server_id}")
        decided = await reviews.open(replace(case, key=f"decided:{server_id}"))
        await reviews.decide(decided.id, State.APPROVED, 2)
    for each in SERVERS:
        await promises.add(Promise(f"token {each}", "de", each))
    for shards in LAYOUTS:
        here = {server_id for server_id in SERVERS if shards.owns(server_id)}
        assert {each.server_id for each in await promises.without_job(shards)} == here
        assert {each.case.server_id for each in await reviews.untold(shards)} == here - {None}
        assert {each.case.server_id for each, _ in await reviews.without_card(shards)} == here - {None}
