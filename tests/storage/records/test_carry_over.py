"""What is carried over: which embeddings, once each, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.told import Told
from storage.carry_over import Likeness
from storage.database import Database
from storage.records.carry_over import CarryOverRecords, State, Wanted
from storage.records.defaults import Defaults, DefaultsRecords
from storage.records.embeddings import EmbeddingRecords, EmbeddingState
from tests.storage.conftest import GUILD
from tests.storage.records.test_embeddings import FILE, ZORBO

WORD = replace(ZORBO, state=EmbeddingState.PUBLISHED)
NEW = "c" * 64


@pytest.fixture
def records(database: Database) -> CarryOverRecords:
    return CarryOverRecords(database)


async def test_words_follow_the_checkpoint_of_their_server(
    database: Database, records: CarryOverRecords
) -> None:
    embeddings, defaults = EmbeddingRecords(database), DefaultsRecords(database)
    here = await embeddings.add(WORD)
    there = await embeddings.add(replace(WORD, server_id=GUILD + 1))
    await embeddings.add(replace(ZORBO, name="secret"))
    await embeddings.withdraw((await embeddings.add(replace(WORD, name="gone"))).id)
    found = await embeddings.add(replace(WORD, name="found", checkpoint=None))
    assert await records.wanted("pocket") == [Wanted(found.id, "pocket", None, (64,))]
    await defaults.set(GUILD, Defaults(checkpoint="pocket-2"))
    wanted = await records.wanted("pocket")
    assert wanted == [Wanted(here.id, "pocket-2", "pocket", (64,)), Wanted(found.id, "pocket-2", None, (64,))]
    assert [each.embedding_id for each in await records.wanted("xl")] == [here.id, there.id, found.id]
    await records.begin(here.id, "pocket-2")
    await records.begin(here.id, "pocket-2")
    assert [each.embedding_id for each in await records.wanted("pocket")] == [found.id]
    (begun,) = await records.begun()
    assert (begun.embedding_id, begun.checkpoint, begun.state) == (here.id, "pocket-2", State.BEGUN)


async def test_what_became_of_a_word_is_noted_once(database: Database, records: CarryOverRecords) -> None:
    ids = [(await EmbeddingRecords(database).add(replace(WORD, name=name))).id for name in ("a1", "b1", "c1")]
    for each in ids:
        await records.begin(each, "pocket-2")
    good, unlike, failed = await records.begun()
    assert await records.finish(good.job_id, NEW, Likeness(before=0.5, after=0.6))
    assert not await records.finish(unlike.job_id, NEW, Likeness(before=0.5, after=0.2))
    await records.fail(failed.job_id, Told("It has {count} legs.", count=8))
    await records.fail(good.job_id, Told("Too late."))
    assert await records.begun() == []
    assert await records.files(GUILD, "pocket-2") == {good.embedding_id: NEW}
    assert await records.files(GUILD, "pocket") == await records.files(GUILD + 1, "pocket-2") == {}
    assert [each.checkpoint for each in await records.carried(good.embedding_id)] == ["pocket-2"]
    told = await records.untold()
    assert [(each.state, each.likeness, each.failure) for each in told] == [
        (State.UNLIKE, 0.4, None),
        (State.FAILED, None, "It has 8 legs."),
    ]
    assert isinstance(told[1].failure, Told)
    for one in told:
        await records.mark_told(one.job_id)
    assert await records.untold() == []
    names = [name for name, _ in await records.of_server(GUILD, "pocket-2")]
    assert names == ["a1", "b1", "c1"]
    assert FILE not in (await records.files(GUILD, "pocket-2")).values()
