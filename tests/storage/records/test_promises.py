from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from storage.database import Database
from storage.records.jobs import JobRecords
from storage.records.promises import TOKEN_LIFE, Promise, PromiseRecords
from storage.tables import PromiseRow, table_of
from tests.conftest import a_job
from tests.storage.conftest import an_origin

_PROMISES = table_of(PromiseRow)


async def test_what_became_a_job_or_is_too_old_is_owed_nothing(database: Database) -> None:
    records, (old, kept, taken) = (
        PromiseRecords(database),
        (Promise(name, "de", 1) for name in ("a", "b", "c")),
    )
    for each in (old, kept, taken, kept):
        await records.add(each)
    await JobRecords(database).add(a_job(), replace(an_origin(), token=taken.token))
    long_ago = datetime.now(UTC) - TOKEN_LIFE - timedelta(seconds=1)
    async with database.writing() as db:
        await db.execute(
            update(table_of(PromiseRow)).where(PromiseRow.token == old.token).values(at=long_ago)
        )
    assert await records.without_job() == [kept]
    await records.add(kept)
    async with database.reading() as db:
        tokens = {row.token for row in await db.execute(_PROMISES.select())}
    assert tokens == {kept.token, taken.token}, "what Discord has forgotten is forgotten"
