"""A word's name is one word's at a time, from when its training begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.database import Database
from storage.events import Failed, Finished
from storage.jobs import Job
from storage.records.embeddings import EmbeddingRecords
from storage.records.jobs import JobRecords
from storage.records.word_names import NameTaken
from storage.training import Example, Train
from tests.conftest import a_job
from tests.storage.conftest import GUILD, MEMBER, an_origin
from tests.storage.records.test_embeddings import ZORBO


def training(word: str) -> Job:
    task = Train(word=word, examples=tuple(Example(image=digit * 64) for digit in "abc"), seed=1)
    return a_job().model_copy(update={"task": task})


async def test_a_name_is_reserved_from_when_its_training_is_recorded(database: Database) -> None:
    jobs, words = JobRecords(database), EmbeddingRecords(database)
    job = training("zorbo")
    assert await jobs.add(job, an_origin())
    assert not await jobs.add(job, an_origin()), "it does not stand in its own way"
    others = replace(ZORBO, owner_id=MEMBER + 1)
    with pytest.raises(NameTaken, match="being trained already"):
        await words.refuse_taken(GUILD, "ZORBO")
    with pytest.raises(NameTaken, match="being trained already"):
        await words.add(others)
    with pytest.raises(NameTaken, match="being trained already"):
        await jobs.add(training("ZORBO"), an_origin(member=MEMBER + 1))
    await words.add(replace(others, server_id=GUILD + 1))
    await jobs.record_result(Finished(job_id=job.id, pictures=(), seconds=1.0))
    with pytest.raises(NameTaken, match="being trained already"):
        await words.add(others)
    await words.add(ZORBO, job.id)
    with pytest.raises(NameTaken, match="called zorbo already"):
        await jobs.add(training("zorbo"), an_origin())


async def test_what_came_to_nothing_reserves_nothing(database: Database) -> None:
    jobs, words = JobRecords(database), EmbeddingRecords(database)
    job = training("zorbo")
    await jobs.add(job, an_origin())
    await jobs.record_result(Failed(job_id=job.id, message="It failed."))
    await words.add(ZORBO)
