"""A picture's blob goes when nothing refers to it any more, and not before."""

from __future__ import annotations

from dataclasses import replace

from storage.database import Database
from storage.events import Finished
from storage.jobs import Describe, Imagine, Job
from storage.records.embeddings import EmbeddingRecords, Preview
from storage.records.jobs import JobRecords
from storage.records.reviews import Case, Kind, ReviewRecords, State
from storage.records.showings import Showing, Showings
from tests.conftest import a_job
from tests.storage.conftest import CHANNEL, GUILD, MEMBER, an_origin, finished
from tests.storage.records.test_embeddings import ZORBO

ANSWER = Showing(CHANNEL, 100)


async def a_posted_job(database: Database, marks: str = "ab") -> Job:
    """A job whose pictures have blobs that are its own."""
    job, records = a_job(pictures=2), JobRecords(database)
    await records.add(job, an_origin())
    pictures = [
        picture.model_copy(update={"blob": mark * 64})
        for picture, mark in zip(finished(job).pictures, marks, strict=True)
    ]
    await records.record_result(Finished(job_id=job.id, pictures=tuple(pictures), seconds=1.0))
    await records.mark_posted(job.id, ANSWER.message_id, ANSWER.channel_id, shown=2)
    return job


async def test_a_picture_is_needed_until_every_message_that_shows_it_is_gone(database: Database) -> None:
    showings, job = Showings(database), await a_posted_job(database)
    for _ in range(2):
        await showings.add(job.id, [1], CHANNEL, 101, 7)
    assert await showings.of(job.id) == [ANSWER, Showing(CHANNEL, 101)]
    assert await showings.unneeded(job.id) == {}
    await showings.forget([ANSWER.message_id])
    assert await showings.unneeded(job.id) == {0: "a" * 64}
    await showings.forget([101])
    assert await showings.unneeded(job.id) == {0: "a" * 64, 1: "b" * 64}
    await showings.release(job.id, [0, 1])
    assert await showings.unneeded(job.id) == {}
    record = await JobRecords(database).get(job.id)
    assert record is not None
    assert [picture.blob for picture in record.pictures] == [None, None]


async def test_what_another_job_shows_or_begins_with_stays(database: Database) -> None:
    showings, job = Showings(database), await a_posted_job(database)
    await a_posted_job(database, "ax")
    begun = a_job().model_copy(update={"task": Describe(image="b" * 64)})
    await JobRecords(database).add(begun, an_origin())
    await showings.forget([ANSWER.message_id])
    assert await showings.unneeded(job.id) == {}


async def test_what_shows_an_embedding_stays(database: Database) -> None:
    showings, job = Showings(database), await a_posted_job(database)
    await EmbeddingRecords(database).add(replace(ZORBO, previews=(Preview(blob="a" * 64, alt="it"),)))
    await showings.forget([ANSWER.message_id])
    assert await showings.unneeded(job.id) == {1: "b" * 64}


async def test_two_equal_pictures_of_one_job_go_together(database: Database) -> None:
    showings, job = Showings(database), await a_posted_job(database, "aa")
    await showings.add(job.id, [1], CHANNEL, 101, 7)
    await showings.forget([ANSWER.message_id])
    assert await showings.unneeded(job.id) == {}
    await showings.forget([101])
    assert await showings.unneeded(job.id) == {0: "a" * 64, 1: "a" * 64}


async def test_what_moderators_are_to_see_or_to_post_stays(database: Database) -> None:
    showings, reviews, job = Showings(database), ReviewRecords(database), await a_posted_job(database)
    await showings.forget([ANSWER.message_id])
    held = Case("held:1", Kind.HELD, GUILD, MEMBER, CHANNEL, job_id=job.id, index=0)
    whole = Case("report:1", Kind.REPORT, GUILD, MEMBER, CHANNEL, job_id=job.id, message_id=100)
    picture, report = await reviews.open(held), await reviews.open(whole)
    assert await showings.unneeded(job.id) == {}
    await reviews.decide(report.id, State.REJECTED, MEMBER)
    assert await showings.unneeded(job.id) == {1: "b" * 64}
    await reviews.decide(picture.id, State.APPROVED, MEMBER)
    assert await showings.unneeded(job.id) == {1: "b" * 64}, "it is not posted yet"
    await reviews.mark_told(picture.id)
    assert await showings.unneeded(job.id) == {0: "a" * 64, 1: "b" * 64}


async def test_a_picture_that_was_rejected_before_it_was_posted_goes_though_the_answer_stands(
    database: Database,
) -> None:
    showings, reviews, job = Showings(database), ReviewRecords(database), await a_posted_job(database)
    held = Case("held:1", Kind.HELD, GUILD, MEMBER, CHANNEL, job_id=job.id, index=1)
    picture = await reviews.open(held)
    await reviews.decide(picture.id, State.REJECTED, MEMBER)
    assert await showings.unneeded(job.id) == {1: "b" * 64}


async def test_pictures_that_wait_to_be_fetched_stay(database: Database) -> None:
    job, records = a_job(), JobRecords(database)
    assert isinstance(job.task, Imagine)
    await records.add(job, an_origin())
    await records.record_result(finished(job))
    await records.mark_kept(job.id, "The channel is gone.")
    assert await Showings(database).unneeded(job.id) == {}


async def test_who_asked_for_what_a_message_shows(database: Database) -> None:
    showings, job = Showings(database), await a_posted_job(database)
    await showings.add(job.id, [1], CHANNEL, 101, 7)
    asked_by = an_origin().member_id
    assert await showings.asked_by(ANSWER.message_id) == (job.id, {asked_by})
    assert await showings.asked_by(101) == (job.id, {asked_by, 7})
    assert await showings.asked_by(102) is None


async def test_a_message_may_show_several_pictures_and_then_it_stands_for_none_of_them(
    database: Database,
) -> None:
    showings, job = Showings(database), await a_posted_job(database)
    await showings.add(job.id, [1], CHANNEL, 101, 7)
    await showings.add(job.id, [0, 1], CHANNEL, 102, 7)
    assert await showings.index_of(101) == 1
    assert await showings.index_of(102) is None
    assert await showings.shown_in(CHANNEL, 102) == (job.id, 0)
    await showings.forget([ANSWER.message_id, 101])
    assert await showings.unneeded(job.id) == {}
    await showings.forget([102])
    assert await showings.unneeded(job.id) == {0: "a" * 64, 1: "b" * 64}
