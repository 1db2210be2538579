"""The jobs of carrying a word over, without a farm: what is asked of which checkpoint, and what is noted."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.carry_over import advance, may_begin, take
from bot.checkpoints import KnownCheckpoints
from bot.studio import Studio
from moderation.policy import ARTISTIC
from storage.blobs import Blobs
from storage.carry_over import Likeness
from storage.database import Database
from storage.events import Failed, Finished, Result, Trained
from storage.jobs import Imagine, Job
from storage.records.carry_over import CarryOver, CarryOverRecords, State
from storage.records.embeddings import (
    EmbeddingRecord,
    EmbeddingRecords,
    EmbeddingState,
    NewEmbedding,
    Preview,
)
from storage.records.jobs import JobRecords
from storage.served import ServedCheckpoint
from storage.training import Example, Train
from tests.storage.conftest import GUILD, MEMBER, finished

OLD, NEW = (
    ServedCheckpoint(name=name, hash="0" * 64, side=128, family="sd", text_widths=(width,))
    for name, width in (("pocket", 128), ("pocket-2", 160))
)
BOTH = {"pocket", "pocket-2"}


class Farm:
    """A studio whose queue only remembers what it is given."""

    def __init__(self, database: Database, home: Path) -> None:
        self.queued: list[Job] = []
        self.blobs = Blobs(str(home / "blobs"))
        self.embeddings, self.carry_overs = EmbeddingRecords(database), CarryOverRecords(database)
        self.jobs, self.checkpoints = JobRecords(database), KnownCheckpoints()
        self.checkpoints.learn({each.name: each for each in (OLD, NEW)})
        self.queue = SimpleNamespace(enqueue=self.queued.append)

    @property
    def studio(self) -> Studio:
        return cast("Studio", self)

    async def word(self, **different: Any) -> EmbeddingRecord:
        """A published word that pocket draws."""
        new = NewEmbedding(
            server_id=GUILD,
            name="zorbo",
            owner_id=MEMBER,
            author="Ada",
            family="sd",
            checkpoint="pocket",
            widths=(128,),
            vectors=2,
            file=self.blobs.put(b"old"),
            state=EmbeddingState.PUBLISHED,
        )
        return await self.embeddings.add(replace(new, **different))

    async def begin(self, word: EmbeddingRecord) -> CarryOver:
        await self.carry_overs.begin(word.id, "pocket-2")
        return (await self.carry_overs.begun())[0]

    async def answer(self, result: Result) -> None:
        """What the delivery does with a result."""
        await self.jobs.record_result(result)
        record = await self.jobs.get(result.job_id)
        assert record is not None
        await take(self.studio, record, result)

    async def ends(self) -> list[State]:
        return [each.state for _, each in await self.carry_overs.of_server(GUILD, "pocket-2")]


@pytest.fixture
async def farm(tmp_path: Path, empty_records: Path) -> AsyncIterator[Farm]:
    shutil.copy(empty_records, tmp_path / "darkroom.db")
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/darkroom.db")
    yield Farm(database, tmp_path)
    await database.close()


def trained(file: str, after: float) -> Trained:
    likeness = Likeness(before=0.5, after=after)
    return Trained(
        word="zorbo", file=file, bytes=4, vectors=2, widths=(160,), examples=(), captions=(), losses=(),
        likeness=likeness,
    )  # fmt: skip


async def with_pictures(farm: Farm, **beside: Any) -> EmbeddingRecord:
    blobs = [farm.blobs.put(bytes([number])) for number in range(4)]
    recipe = Train(word="zorbo", examples=tuple(Example(image=each) for each in blobs[:3]), seed=7)
    preview = Preview(blob=blobs[3], alt="a zorbo in the snow")
    return await farm.word(recipe=recipe.model_dump(mode="json") | beside, previews=(preview,))


async def test_a_word_is_carried_over_under_the_policy_that_it_was_trained_under(farm: Farm) -> None:
    each = await farm.begin(await with_pictures(farm, policy=ARTISTIC.model_dump(mode="json")))
    await advance(farm.studio, each, "here")
    (training,) = farm.queued
    assert training.policy == ARTISTIC


async def test_a_word_that_was_trained_for_another_checkpoint_on_purpose_stays(farm: Farm) -> None:
    await with_pictures(farm, stays=True)
    (wanted,) = await farm.carry_overs.wanted("pocket-2")
    assert not await may_begin(farm.studio, wanted, BOTH)


@pytest.mark.parametrize(("after", "state"), [(0.5, State.CARRIED), (0.3, State.UNLIKE)])
async def test_a_word_is_learned_from_its_pictures_once(farm: Farm, after: float, state: State) -> None:
    begun = await farm.begin(await with_pictures(farm))
    for _ in range(3):
        await advance(farm.studio, begun, "here")
    (job,) = farm.queued
    task = job.task
    assert isinstance(task, Train)
    assert (job.id, job.checkpoint, job.share.member) == (begun.job_id, "pocket-2", "carry-over")
    assert task.before is not None
    assert (task.before.checkpoint, task.before.drawn[0].prompt) == ("pocket", "a zorbo in the snow")
    assert (len(task.examples), task.seed) == (3, 7)
    file = farm.blobs.put(b"new")
    result = Finished(job_id=job.id, trained=trained(file, after), seconds=1)
    for _ in range(2):
        await farm.answer(result)
    assert await farm.ends() == [state]
    assert farm.blobs.has(file) == (state is State.CARRIED)
    assert await farm.carry_overs.wanted("pocket-2") == []


async def test_what_its_author_brought_is_not_taken_for_what_a_word_drew(farm: Farm) -> None:
    """Were it compared, a photograph that it was trained from would make every word too different."""
    cat = Preview(blob=farm.blobs.put(b"cat"), alt="Zorbo is my grandmother's cat", brought=True)
    word = await with_pictures(farm)
    await farm.embeddings.set_previews(word.id, (cat, *word.previews))
    await advance(farm.studio, await farm.begin(word), "here")
    (training,) = farm.queued
    assert isinstance(training.task, Train)
    assert training.task.before is not None
    assert [each.prompt for each in training.task.before.drawn] == ["a zorbo in the snow"]


async def test_a_word_whose_pictures_are_gone_is_drawn_first(farm: Farm) -> None:
    begun = await farm.begin(await farm.word())
    for _ in range(2):
        await advance(farm.studio, begun, "here")
    drawings = list(farm.queued)
    assert len(drawings) == 4
    for job in drawings:
        assert isinstance(job.task, Imagine)
        assert (job.checkpoint, set(job.task.embeddings), job.task.pictures) == ("pocket", {"zorbo"}, 2)
    for job in drawings[:-1]:
        await farm.answer(finished(job))
        await advance(farm.studio, begun, "here")
    assert len(farm.queued) == 4, "the last one is not drawn yet"
    await farm.answer(finished(drawings[-1]))
    await advance(farm.studio, begun, "here")
    task = farm.queued[-1].task
    assert isinstance(task, Train)
    assert [each.caption for each in task.examples] == [
        "over the sea",
        "in the snow",
        "in a forest",
        "at night",
    ]
    assert task.before is not None
    assert {each.image for each in task.before.drawn}.isdisjoint(each.image for each in task.examples)
    await farm.answer(Failed(job_id=farm.queued[-1].id, message="No."))
    assert [each.failure for each in await farm.carry_overs.untold()] == ["No."]


async def test_what_cannot_be_drawn_is_said_and_what_cannot_be_now_waits(farm: Farm) -> None:
    word = await farm.word()
    (wanted,) = await farm.carry_overs.wanted("pocket-2")
    assert await may_begin(farm.studio, wanted, BOTH)
    assert not await may_begin(farm.studio, wanted, {"pocket-2"}), "nobody draws it while pocket is away"
    assert not await may_begin(farm.studio, wanted, {"pocket"})
    assert not await may_begin(farm.studio, wanted._replace(origin=None, widths=(160,)), BOTH)
    begun = await farm.begin(word)
    await advance(farm.studio, begun, "here")
    for job in list(farm.queued):
        made = finished(job)
        hidden = tuple(each.model_copy(update={"blob": None}) for each in made.pictures)
        await farm.answer(made.model_copy(update={"pictures": hidden}))
    await advance(farm.studio, begun, "here")
    (failed,) = await farm.carry_overs.untold()
    assert failed.failure == "Its pictures are gone, and too few that it draws may be shown."


async def test_a_word_that_is_withdrawn_meanwhile_is_forgotten(farm: Farm) -> None:
    word = await with_pictures(farm)
    begun = await farm.begin(word)
    await farm.embeddings.withdraw(word.id)
    await advance(farm.studio, begun, "here")
    assert await farm.carry_overs.begun() == []
    assert farm.queued == []
