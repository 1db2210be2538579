"""A blob is needed by pictures, by jobs that begin with it, trainings among them, and by embeddings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from storage.carry_over import Likeness
from storage.database import Database
from storage.events import Finished
from storage.jobs import Describe, Task
from storage.records.blob_uses import still_needed
from storage.records.carry_over import CarryOverRecords
from storage.records.embeddings import EmbeddingRecords, EmbeddingState, Preview
from storage.records.jobs import JobRecords
from storage.training import Caption
from tasks.train import new_training
from tests.conftest import a_job
from tests.storage.conftest import an_origin, finished
from tests.storage.records.test_embeddings import FILE, PICTURE, ZORBO

BLOBS = [mark * 64 for mark in "cdef"]


@pytest.mark.parametrize(
    ("task", "needed"),
    [
        (partial(Describe, image=BLOBS[0]), BLOBS[:1]),
        (partial(new_training, "zorbo", BLOBS[1:]), BLOBS[1:]),
    ],
    ids=["describe", "train"],
)
async def test_what_a_job_begins_with_is_needed(
    database: Database, task: Callable[[], Task], needed: list[str]
) -> None:
    await JobRecords(database).add(a_job().model_copy(update={"task": task()}), an_origin())
    async with database.reading() as db:
        assert await still_needed(db, BLOBS) == set(needed)


async def test_a_picture_is_needed_unless_it_is_what_goes(database: Database) -> None:
    job, records = a_job(pictures=2), JobRecords(database)
    await records.add(job, an_origin())
    made = finished(job)
    await records.record_result(made)
    first, second = (picture.blob or "" for picture in made.pictures)
    async with database.reading() as db:
        assert await still_needed(db, [first, BLOBS[0]]) == {first}
        assert await still_needed(db, [first, second], job_id=job.id, indices=[0]) == {second}
        assert await still_needed(db, [first, second], job_id="another", indices=[0]) == {first, second}


async def test_an_embedding_needs_its_file_and_its_previews_until_it_goes(database: Database) -> None:
    preview = Preview(blob=BLOBS[0], alt="it")
    added = await EmbeddingRecords(database).add(replace(ZORBO, previews=(*ZORBO.previews, preview)))
    asked = [FILE, PICTURE, *BLOBS]
    async with database.reading() as db:
        assert await still_needed(db, asked) == {FILE, PICTURE, BLOBS[0]}
        assert await still_needed(db, asked, embedding_ids=[added.id]) == set()


async def test_the_pictures_that_a_word_was_trained_from_go_with_it(database: Database) -> None:
    jobs, embeddings = JobRecords(database), EmbeddingRecords(database)
    training = new_training("zorbo", BLOBS[:3])
    for task in (Caption(training=training), training):
        job = a_job().model_copy(update={"task": task})
        await jobs.add(job, an_origin())
        await jobs.record_result(Finished(job_id=job.id, seconds=1.0))
    word = replace(ZORBO, name="zorbo", previews=(), recipe=training.model_dump(mode="json"))
    added = await embeddings.add(word, job.id)
    await embeddings.withdraw(added.id)
    assert await embeddings.forgettable(set()) == ([added.id], sorted([FILE, *BLOBS[:3]]))
    again = a_job().model_copy(update={"task": new_training("glix", BLOBS[1:])})
    await jobs.add(again, an_origin())
    assert (await embeddings.forgettable(set()))[1] == sorted([FILE, BLOBS[0]]), "another learns from these"
    other = replace(word, name="gorbo", file=PICTURE)
    kept = await embeddings.add(other)
    assert (await embeddings.forgettable(set()))[1] == [FILE], "and another did"
    await embeddings.withdraw(kept.id)
    await embeddings.forget([kept.id])
    await embeddings.add(replace(other, signed_by="key"))
    assert (await embeddings.forgettable(set()))[1] == sorted([FILE, BLOBS[0]]), "what came here did not"


async def test_an_embedding_needs_its_file_for_another_checkpoint(database: Database) -> None:
    embeddings, records = EmbeddingRecords(database), CarryOverRecords(database)
    added = await embeddings.add(replace(ZORBO, state=EmbeddingState.PUBLISHED))
    await records.begin(added.id, "pocket-2")
    (begun,) = await records.begun()
    await records.finish(begun.job_id, BLOBS[0], Likeness(before=0.5, after=0.5))
    async with database.reading() as db:
        assert await still_needed(db, BLOBS) == {BLOBS[0]}
    await embeddings.withdraw(added.id)
    assert await embeddings.forgettable({BLOBS[0]}) == ([], [])
    assert await embeddings.forgettable(set()) == ([added.id], sorted([FILE, PICTURE, BLOBS[0]]))
    await embeddings.forget([added.id])
    assert await records.files(ZORBO.server_id, "pocket-2") == {}
