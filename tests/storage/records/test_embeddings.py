from __future__ import annotations

from dataclasses import fields, replace

import pytest

from storage.database import Database
from storage.manner import Manner
from storage.records.embeddings import (
    EmbeddingRecords,
    EmbeddingState,
    MadeWith,
    NewEmbedding,
    Preview,
)
from storage.records.jobs import JobRecords
from storage.records.usable import Usable
from storage.records.word_names import NameTaken
from tests.conftest import a_job
from tests.storage.conftest import CHANNEL, GUILD, MEMBER, an_origin, finished

FRIEND = MEMBER + 1
FILE, PICTURE = "a" * 64, "b" * 64
ZORBO = NewEmbedding(
    server_id=GUILD,
    name="Zorbo",
    owner_id=MEMBER,
    author="Ada",
    about="A round robot",
    family="sd1",
    checkpoint="pocket",
    widths=(64,),
    vectors=2,
    file=FILE,
    previews=(Preview(blob=PICTURE, alt="a robot on a hill"),),
    recipe={"steps": 200},
    licence="CC0",
)


@pytest.fixture
def records(database: Database) -> EmbeddingRecords:
    return EmbeddingRecords(database)


async def test_an_embedding_is_found_as_it_was_added(records: EmbeddingRecords) -> None:
    added = await records.add(ZORBO)
    assert added == await records.get(added.id) == await records.named(GUILD, "zORBO")
    assert replace(ZORBO) == NewEmbedding(**{each.name: getattr(added, each.name) for each in fields(ZORBO)})
    assert (added.uses, added.ratings, added.stars) == (0, 0, 0)
    assert added.blobs == (FILE, PICTURE)
    assert await records.named(GUILD + 1, "zorbo") is None
    assert await records.get(added.id + 1) is None


async def test_a_name_is_given_once_in_a_server_until_it_is_withdrawn(records: EmbeddingRecords) -> None:
    first = await records.add(ZORBO)
    await records.add(replace(ZORBO, server_id=GUILD + 1))
    with pytest.raises(NameTaken):
        await records.add(replace(ZORBO, name="ZORBO"))
    assert await records.withdraw(first.id)
    assert not await records.withdraw(first.id)
    assert (await records.count(GUILD, MEMBER), await records.count(GUILD + 1, MEMBER)) == (0, 1)
    second = await records.add(replace(ZORBO, name="ZORBO"))
    assert await records.named(GUILD, "zorbo") == second


async def test_what_is_private_is_for_its_owner_alone(records: EmbeddingRecords) -> None:
    added = await records.add(ZORBO)
    usable = [
        Usable(id=added.id, name="Zorbo", file=FILE, widths=(64,), checkpoint="pocket", recipe=added.recipe)
    ]
    assert await records.usable(GUILD, MEMBER) == usable
    assert not await records.usable(GUILD, FRIEND)
    assert not await records.seen_by(GUILD, FRIEND)
    assert await records.publish(added.id, licence="CC-BY-4.0", shared=True, about="Still round")
    assert await records.usable(GUILD, FRIEND) == usable
    (published,) = await records.seen_by(GUILD, FRIEND)
    assert published.published_at is not None
    assert (published.state, published.licence, published.shared, published.about) == (
        EmbeddingState.PUBLISHED,
        "CC-BY-4.0",
        True,
        "Still round",
    )
    await records.withdraw(added.id)
    assert not await records.usable(GUILD, MEMBER)
    assert not await records.seen_by(GUILD, MEMBER)
    assert not await records.publish(added.id, licence="CC0", shared=True, about="")


async def test_a_search_looks_for_all_its_words_in_name_author_and_description(
    records: EmbeddingRecords,
) -> None:
    await records.add(ZORBO)
    await records.add(replace(ZORBO, name="percent%", about="A thing", author="Bob"))
    for search, names in {
        "zor ada": ["Zorbo"],
        "ROUND": ["Zorbo"],
        "a": ["percent%", "Zorbo"],
        "%": ["percent%"],
        "round bob": [],
    }.items():
        assert [each.name for each in await records.seen_by(GUILD, MEMBER, search)] == names


async def test_each_member_has_one_opinion(records: EmbeddingRecords) -> None:
    added = await records.add(ZORBO)
    for member, stars in ((MEMBER, 1), (FRIEND, 2), (MEMBER, 5)):
        await records.rate(added.id, member, stars, teaches=True)
    found = await records.get(added.id)
    assert found is not None
    assert (found.ratings, found.stars) == (2, 3.5)


async def test_uses_are_counted_and_lead_to_the_pictures(
    database: Database, records: EmbeddingRecords
) -> None:
    jobs = JobRecords(database)
    used, unused = await records.add(ZORBO), await records.add(replace(ZORBO, name="aaa"))
    posted, waiting, private = a_job(), a_job(), a_job()
    for job in (posted, waiting, private):
        manner = Manner.PRIVATE if job is private else Manner.HERE
        await jobs.add(job, replace(an_origin(), manner=manner))
        for _ in range(2):
            await records.note_uses(job.id, [used.id, used.id])
    for job in (posted, private):
        await jobs.record_result(finished(job))
        await jobs.mark_posted(job.id, 77, CHANNEL, shown=1)
    assert [(each.name, each.uses) for each in await records.seen_by(GUILD, MEMBER)] == [
        ("Zorbo", 3),
        ("aaa", 0),
    ]
    assert await records.made_with(used.id) == [MadeWith(posted.id, CHANNEL, 77)]
    assert await records.made_with(unused.id) == []


async def test_a_withdrawn_embedding_lets_go_of_its_blobs_once_nothing_needs_them(
    database: Database, records: EmbeddingRecords
) -> None:
    jobs, job = JobRecords(database), a_job()
    await jobs.add(job, an_origin())
    made = finished(job)
    await jobs.record_result(made)
    posted = made.pictures[0].blob
    assert posted is not None
    previews = (*ZORBO.previews, Preview(blob=posted, alt="as it was posted"))
    here = await records.add(replace(ZORBO, previews=previews))
    elsewhere = await records.add(replace(ZORBO, server_id=GUILD + 1))
    assert await records.forgettable(in_use=set()) == ([], [])
    await records.withdraw(here.id)
    assert await records.forgettable(in_use={FILE}) == ([], [])
    assert await records.forgettable(in_use=set()) == ([here.id], []), "the other server has it still"
    await records.withdraw(elsewhere.id)
    assert await records.forgettable(in_use=set()) == ([here.id, elsewhere.id], [FILE, PICTURE])
    await records.forget([here.id, elsewhere.id])
    assert await records.forgettable(in_use=set()) == ([], [])
    gone = await records.get(here.id)
    assert gone is not None
    assert (gone.file, gone.previews, gone.recipe) == (None, (), {"steps": 200})
