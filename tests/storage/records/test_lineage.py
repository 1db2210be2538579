"""What pictures were made from, and what was made from them."""

from __future__ import annotations

from dataclasses import replace

from storage.database import Database
from storage.events import Finished
from storage.jobs import Describe, Job, Upscale
from storage.records.embeddings import EmbeddingRecords
from storage.records.jobs import JobRecords
from storage.records.lineage import Ancestor, Lineage
from storage.starts import Blend, Mask, Whole
from storage.training import Caption
from tasks.train import new_training
from tests.conftest import a_job, imagined
from tests.storage.conftest import an_origin, finished
from tests.storage.records.test_embeddings import ZORBO


async def a_finished_job(database: Database, blob: str, **task: object) -> Job:
    """A job of one picture, which is that blob."""
    job = a_job()
    job = job.model_copy(update={"task": imagined(job).model_copy(update=task)})
    await JobRecords(database).add(job, an_origin())
    picture = finished(job).pictures[0].model_copy(update={"blob": blob})
    await JobRecords(database).record_result(Finished(job_id=job.id, pictures=(picture,), seconds=1.0))
    return job


async def test_a_picture_knows_what_it_was_made_from_and_what_from_it(database: Database) -> None:
    lineage, records = Lineage(database), JobRecords(database)
    root = await a_finished_job(database, "a" * 64)
    child = await a_finished_job(database, "b" * 64, start=Whole(image="a" * 64))
    masked = await a_finished_job(database, "c" * 64, start=Mask(image="a" * 64, mask="f" * 64))
    larger = a_job().model_copy(update={"task": Upscale(image="b" * 64, factor=2)})
    said = a_job().model_copy(update={"task": Describe(image="b" * 64)})
    for job in (larger, said):
        await records.add(job, an_origin())
    assert await lineage.parents(root.id) == []
    assert await lineage.parents(child.id) == [Ancestor(root.id, 0)]
    assert await lineage.parents(larger.id) == [Ancestor(child.id, 0)]
    assert await lineage.children(root.id, limit=9) == [masked.id, child.id]
    assert await lineage.children(root.id, limit=1) == [masked.id]
    assert set(await lineage.children(child.id, limit=9)) == {larger.id, said.id}
    assert await lineage.children(larger.id, limit=9) == []


async def test_what_is_blended_has_all_of_its_pictures_for_parents(database: Database) -> None:
    first, second = [await a_finished_job(database, each * 64) for each in "ab"]
    start = Blend(image="b" * 64, others=("e" * 64, "a" * 64))
    blend = await a_finished_job(database, "c" * 64, start=start)
    assert await Lineage(database).parents(blend.id) == [Ancestor(first.id, 0), Ancestor(second.id, 0)]


async def test_an_attachment_has_no_parent_and_nobody_is_their_own(database: Database) -> None:
    lineage = Lineage(database)
    attached = await a_finished_job(database, "b" * 64, start=Whole(image="e" * 64))
    unchanged = await a_finished_job(database, "d" * 64, start=Whole(image="d" * 64))
    assert await lineage.parents(attached.id) == []
    assert await lineage.parents(unchanged.id) == []
    assert await lineage.children(unchanged.id, limit=9) == []


async def test_a_job_that_is_added_twice_is_noted_once(database: Database) -> None:
    root = await a_finished_job(database, "a" * 64)
    child = a_job()
    child = child.model_copy(
        update={"task": imagined(child).model_copy(update={"start": Whole(image="a" * 64)})}
    )
    for _ in range(2):
        await JobRecords(database).add(child, an_origin())
    assert await Lineage(database).children(root.id, limit=9) == [child.id]


async def test_roots_are_what_nobody_here_made(database: Database) -> None:
    lineage = Lineage(database)
    await a_finished_job(database, "a" * 64)
    await a_finished_job(database, "b" * 64, start=Mask(image="e" * 64, mask="f" * 64))
    await a_finished_job(database, "c" * 64, start=Blend(image="b" * 64, others=("a" * 64,)))
    await a_finished_job(database, "d" * 64, start=Whole(image="d" * 64))
    assert await lineage.roots(["a" * 64]) == set()
    assert await lineage.roots(["c" * 64]) == {"e" * 64, "f" * 64}
    assert await lineage.roots(["d" * 64]) == {"d" * 64}
    assert await lineage.roots(["9" * 64, "a" * 64]) == {"9" * 64}
    assert await lineage.roots([]) == set()


async def test_how_a_file_was_trained_is_found_by_it(database: Database) -> None:
    word = replace(ZORBO, file="1" * 64, recipe={"somebody": True})
    await EmbeddingRecords(database).add(word)
    assert await Lineage(database).trained(["1" * 64, "2" * 64]) == [{"somebody": True}]
    assert await Lineage(database).trained(["2" * 64]) == []


async def test_the_pictures_of_a_training_that_came_to_nothing_are_unneeded(database: Database) -> None:
    lineage, records = Lineage(database), JobRecords(database)
    blobs = [mark * 64 for mark in "abc"]
    training = new_training("zorbo", blobs)
    asked, trained, other = (
        a_job().model_copy(update={"task": task})
        for task in (Caption(training=training), training, Describe(image=blobs[0]))
    )
    for job in (asked, trained):
        await records.add(job, an_origin())
    assert await lineage.unneeded(asked.id) == set(), "the training has them"
    assert await lineage.unneeded(trained.id) == set(blobs)
    await records.add(other, an_origin())
    assert await lineage.unneeded(trained.id) == {*blobs[1:]}
    await lineage.forget(trained.id)
    assert await lineage.unneeded(trained.id) == set()
