"""Rows of older tables come back, and are upgraded as those that stayed."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from storage.database import Database
from storage.table_dump import dumped_rows, insert_rows, is_empty, link_rows, revision, tables


async def test_rows_of_the_first_tables_come_back_and_refer_to_each_other(tmp_path: Path) -> None:
    old = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/old.db", upto="0001")
    job = (
        "INSERT INTO jobs (id, job, state, channel_id, member_id, source_job_id, credits, created_at) VALUES"
    )
    async with old.writing() as db:
        await db.execute(text("INSERT INTO members (id) VALUES (7)"))
        await db.execute(text("INSERT INTO channels (id, policy) VALUES (8, 'null')"))
        # In this order, the first one refers to one that is not there yet.
        await db.execute(text("PRAGMA defer_foreign_keys=ON"))
        await db.execute(text(f"{job} ('a', '{{}}', 'told', 8, 7, 'b', 1, '2026-11-29 01:02:03.000004')"))
        await db.execute(text(f"{job} ('b', '[1]', 'told', 8, 7, NULL, 1, '2026-11-29 01:02:03.000000')"))
        assert await db.run_sync(revision) == "0001"
    async with old.reading() as db:
        dumped = {name: [line async for line in dumped_rows(db, name)] for name in await db.run_sync(tables)}
        everything = (await db.execute(text("SELECT * FROM jobs ORDER BY id"))).all()
    assert len(dumped["jobs"]) == 2
    new = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/new.db", upto="0001")
    async with new.writing() as db:
        assert await db.run_sync(is_empty)
        for step in (insert_rows, link_rows):
            for name in await db.run_sync(tables):
                await db.run_sync(step, name, dumped[name])
        assert not await db.run_sync(is_empty)
        assert (await db.execute(text("SELECT * FROM jobs ORDER BY id"))).all() == everything
        assert (await db.execute(text("SELECT policy FROM channels"))).scalar_one() == "null"
    await new.close()
    await old.close()
    upgraded = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/new.db")
    async with upgraded.reading() as db:
        assert await db.run_sync(revision) != "0001"
        assert (await db.execute(text("SELECT count(*) FROM jobs"))).scalar_one() == 2
    await upgraded.close()
