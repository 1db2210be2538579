"""What members chose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from storage.clip_vector import ClipVector
from storage.database import Database
from storage.manner import Manner
from storage.records.embeddings import EmbeddingRecords
from storage.records.jobs import JobRecords
from storage.records.taste import Rated, TasteRecords
from tests.conftest import a_job
from tests.storage.conftest import GUILD, MEMBER, an_origin, finished
from tests.storage.records.test_embeddings import FRIEND, ZORBO

LOOK = ClipVector.of("pocket-clip", np.arange(8, dtype=np.float32))


async def a_seen_job(database: Database, manner: Manner = Manner.HERE) -> str:
    job = a_job()
    await JobRecords(database).add(job, replace(an_origin(), manner=manner))
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


async def test_a_rating_comes_with_what_was_drawn_until_it_is_taken_back(database: Database) -> None:
    taste, words = TasteRecords(database), EmbeddingRecords(database)
    good, private, undrawn = [(await words.add(replace(ZORBO, name=name))).id for name in ("a", "b", "c")]
    pictures = len(finished(a_job()).pictures)
    for word, manner in ((good, Manner.HERE), (private, Manner.PRIVATE)):
        await words.note_uses(await a_seen_job(database, manner), [word])
    for word in (good, private, undrawn):
        await words.rate(word, MEMBER, 5, teaches=True)
        await words.rate(word, FRIEND, 2, teaches=word == good)
    best, worst = Rated(MEMBER, 5, (LOOK,) * pictures), Rated(FRIEND, 2, (LOOK,) * pictures)
    assert await taste.rated_by(MEMBER) == [best, best], "what they had drawn for themselves counts, too"
    assert await taste.rated_by(FRIEND) == [worst]
    rated = await taste.rated_in(GUILD)
    assert sorted(rated, key=lambda each: each.stars) == [worst, best], "of what is private no server learns"
    assert await taste.rated_in(GUILD + 1) == []
    assert (await taste.count(MEMBER), await taste.count(FRIEND)) == (3, 1)
    await taste.keep_from_servers(MEMBER)
    assert (await taste.rated_in(GUILD), await taste.rated_by(MEMBER)) == ([worst], [best, best])
    await taste.forget(MEMBER)
    assert (await taste.rated_by(MEMBER), await taste.count(MEMBER)) == ([], 0)
    found = await words.get(undrawn)
    assert found is not None
    assert found.ratings == 2, "the stars stay"


async def test_of_each_word_a_few_pictures_are_looked_at(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.records.taste._LOOKS_EACH", 1)
    taste, words = TasteRecords(database), EmbeddingRecords(database)
    word = (await words.add(ZORBO)).id
    for _ in range(3):
        await words.note_uses(await a_seen_job(database), [word])
    await words.rate(word, FRIEND, 4, teaches=True)
    assert await taste.rated_by(FRIEND) == [Rated(FRIEND, 4, (LOOK,))]
