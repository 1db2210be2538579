from __future__ import annotations

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.records.references import References
from tests.storage.conftest import CHANNEL, GUILD, MEMBER


async def rows(database: Database) -> dict[str, list[int]]:
    async with database.reading() as db:
        return {
            table: list((await db.execute(text(f"SELECT id FROM {table} ORDER BY id"))).scalars())
            for table in ("servers", "channels", "members")
        }


@pytest.mark.parametrize("guild", [GUILD, None])
async def test_what_a_record_refers_to_is_written_once(database: Database, guild: int | None) -> None:
    references = References(database)
    for _ in range(3):
        async with database.writing() as db:
            written = await references.write(db, guild, CHANNEL, MEMBER)
        references.remember(written)
    assert await rows(database) == {
        "servers": [] if guild is None else [guild],
        "channels": [CHANNEL],
        "members": [MEMBER],
    }


async def test_what_was_written_in_a_transaction_that_failed_is_written_again(database: Database) -> None:
    references = References(database)

    async def fail() -> None:
        async with database.writing() as db:
            await references.write(db, GUILD, CHANNEL, MEMBER)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert (await rows(database))["members"] == []
    async with database.writing() as db:
        await references.write(db, GUILD, CHANNEL, MEMBER)
    assert await rows(database) == {"servers": [GUILD], "channels": [CHANNEL], "members": [MEMBER]}
