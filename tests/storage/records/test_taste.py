"""What members chose."""

from __future__ import annotations

import numpy as np

from storage.clip_vector import ClipVector
from storage.database import Database
from storage.records.jobs import JobRecords
from storage.records.taste import TasteRecords
from tests.conftest import a_job
from tests.storage.conftest import an_origin, finished

LOOK = ClipVector.of("pocket-clip", np.arange(8, dtype=np.float32))


async def a_seen_job(database: Database) -> str:
    job = a_job()
    await JobRecords(database).add(job, an_origin())
    result = finished(job)
    seen = tuple(picture.model_copy(update={"look": LOOK}) for picture in result.pictures)
    await JobRecords(database).record_result(result.model_copy(update={"pictures": seen}))
    return job.id


async def test_a_choice_comes_with_what_stood_beside_it_until_it_is_forgotten(database: Database) -> None:
    taste, origin = TasteRecords(database), an_origin()
    first, second = [await a_seen_job(database) for _ in range(2)]
    for job_id in (first, second, first):
        await taste.note(1, origin.guild_id, job_id, 0, liked=True)
    await taste.note(1, origin.guild_id, second, 0, liked=False)
    await taste.note(2, None, second, 0, liked=True)
    assert await taste.count(1) == 2, "who presses twice has chosen once"
    newest, oldest = await taste.of_member(1, limit=9)
    assert (newest.job_id, newest.liked, oldest.liked) == (second, False, True)
    assert set(newest.looks) == {LOOK}
    assert len(await taste.of_member(1, limit=1)) == 1
    assert origin.guild_id is not None
    assert len(await taste.of_server(origin.guild_id, limit=9)) == 2, "what has no server is the member's own"
    await taste.keep_from_servers(1)
    assert (await taste.of_server(origin.guild_id, limit=9), await taste.count(1)) == ([], 2)
    await taste.forget(1)
    assert (await taste.count(1), await taste.count(2)) == (0, 1)
