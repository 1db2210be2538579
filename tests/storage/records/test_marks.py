from __future__ import annotations

from storage.database import Database
from storage.records.marks import MarkRecords


async def test_a_mark_is_remembered_until_it_is_forgotten(database: Database) -> None:
    marks = MarkRecords(database)
    for channel in (1, 2, 2):
        await marks.remember(channel)
    assert await marks.remembered(range(1, 1000)) == {1, 2}
    await marks.forget(1)
    await marks.forget(3)
    assert await marks.remembered([1, 2]) == {2}
