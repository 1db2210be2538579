"""Training a word with the real engine: what is told, noted, handed over and refused."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import redis
import torch
from PIL import Image

from gpuworker.adapters.embedding_file import read_carried
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import EngineStopped
from gpuworker.models.words import Words
from gpuworker.stages import train as stage
from gpuworker.stages import word_scenes
from gpuworker.stages.bench import Bench, JobCancelled, JobFailed, WorkerLacks
from gpuworker.stages.train import train
from gpuworker.stages.word_scenes import Drawn
from moderation.policy import NSFW, SFW, Policy
from storage.blobs import Blobs
from storage.events import Progress
from storage.jobs import Job
from storage.recipe_file import read_recipe
from storage.training import Example, Subject, Train
from storage.training_notes import TrainingNotes
from tests.benchmarks.subjects import OBJECTS, pictures_of
from tests.gpuworker.fake_farm import FakeDetector, bench_of

STEPS = 5
MANY = 24
"""So many that a picture is drawn meanwhile."""
PICTURES = pictures_of(OBJECTS[0], seed=1)[:3]


@pytest.fixture(scope="module")
def engine(checkpoints: CheckpointStore) -> Iterator[Engine]:
    with Engine(checkpoints) as running:
        yield running


@pytest.fixture
def a_bench(
    engine: Engine, checkpoints: CheckpointStore, words: Words, tmp_path: Path, told: list[Progress]
) -> Callable[..., Bench]:
    def make(**different: Any) -> Bench:
        parts = {"engine": engine, "checkpoints": checkpoints, "words": words, "tell": told.append}
        return bench_of(tmp_path, **{**parts, "masks": _NoMasks(), **different})

    return make


@pytest.fixture(autouse=True)
def few_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have few phrases asked for: that takes most of the time of a training so short."""
    monkeypatch.setattr("gpuworker.stages.examples._NAMES", 3)


class _NoMasks:
    """A worker without a CLIPSeg."""

    def get(self) -> Any:
        from gpuworker.checkpoints.errors import CheckpointError

        raise CheckpointError("There is none.")


def a_training(
    bench: Bench, pictures: list[Image.Image] = PICTURES, policy: Policy = SFW, **different: Any
) -> Job:
    examples = []
    for picture in pictures:
        picture.save(file := io.BytesIO(), "PNG")
        examples.append(Example(image=bench.blobs.put(file.getvalue())))
    fields: dict[str, Any] = {"word": "zorp", "examples": examples, "vectors": 2, "steps": STEPS, "seed": 3}
    return Job(checkpoint="tiny", policy=policy, reply_to="here", task=Train(**fields | different))


@pytest.mark.slow
def test_a_word_is_trained_and_shown(
    a_bench: Callable[..., Bench], told: list[Progress], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_TELL_SECONDS", 0.0)
    monkeypatch.setattr("gpuworker.training.turn.LOOK_SECONDS", 0.0)
    drawn_by = []

    def drawn(*args: Any) -> list[Drawn]:
        drawn_by.append(args[-1].embeddings["zorp"].embedding.vectors)
        return word_scenes.drawn(*args)

    monkeypatch.setattr(stage, "drawn", drawn)
    bench = a_bench()
    pictures, trained = train(a_training(bench, policy=NSFW, steps=MANY), bench)
    assert trained.word == "zorp"
    assert (trained.vectors, trained.widths) == (2, bench.checkpoints.get("tiny").model.text_widths)
    file = bench.blobs.get(trained.file)
    assert len(file) == trained.bytes < 40_000
    assert read_carried(file)[0].shape == (2, *trained.widths)
    assert len(trained.losses) == MANY
    assert len(trained.captions) == 3
    assert drawn_by
    for one, other in combinations(drawn_by, 2):
        assert not torch.equal(one[0], other[0]), "nothing is drawn twice"
    assert len(pictures) == 4
    assert len({picture.recipe.prompt for picture in pictures}) == 4
    for picture in pictures:
        assert picture.blob is not None
        assert "zorp" in picture.recipe.prompt
        assert picture.recipe.embeddings == {"zorp": trained.file}
        assert read_recipe(bench.blobs.get(picture.blob)) == picture.recipe
    steps = [each.step for each in told]
    assert steps == sorted(steps)
    assert all(each.steps == MANY for each in told)
    assert any(each.preview for each in told), "a picture with the word as it is by then"


@pytest.mark.slow
@pytest.mark.parametrize("subject", [Subject.CHARACTER, Subject.STYLE])
def test_other_kinds_are_shown_in_other_prompts(a_bench: Callable[..., Bench], subject: Subject) -> None:
    bench = a_bench()
    pictures, _ = train(a_training(bench, subject=subject, steps=1), bench)
    style = {"style of zorp" in picture.recipe.prompt for picture in pictures}
    assert style == {subject is Subject.STYLE}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_word_whatever_interrupts_it(
    a_bench: Callable[..., Bench],
    checkpoints: CheckpointStore,
    connection: redis.Redis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, whole = train(a_training(a_bench()), a_bench())
    monkeypatch.setattr(stage, "NOTE_SECONDS", 0.0)
    notes, stop = TrainingNotes(connection, Blobs(str(tmp_path))), threading.Event()

    class Counting:
        """Notes the state, and after the second step has the engine stopped, as a worker that leaves."""

        def __init__(self, dying: Engine) -> None:
            self.dying, self.noted = dying, 0

        def note(self, job_id: str, state: bytes) -> None:
            notes.note(job_id, state)
            self.noted += 1
            if self.noted == 2:
                threading.Thread(target=self.dying.stop).start()
                stop.wait(0.5)

        read, forget = notes.read, notes.forget

    with Engine(checkpoints) as dying:
        bench = a_bench(engine=dying, notes=Counting(dying))
        job = a_training(bench)
        with pytest.raises(EngineStopped):
            train(job, bench)
    assert notes.read(job.id) is not None
    monkeypatch.setattr(stage, "best_phrases", lambda *_: pytest.fail("that was found out before"))
    _, again = train(job, a_bench(notes=notes))
    assert again.file == whole.file
    assert notes.read(job.id) is not None, "until its result is on its way"


def test_a_training_is_cancelled_between_two_slices(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench(is_cancelled=lambda job_id: True)
    with pytest.raises(JobCancelled):
        train(a_training(bench), bench)


@pytest.mark.slow
def test_a_training_waits_while_the_queue_is_long(
    a_bench: Callable[..., Bench], told: list[Progress]
) -> None:
    asked: list[str] = []

    def queued(checkpoint: str) -> int:
        asked.append(checkpoint)
        return 9 if len(asked) < 3 else 0

    bench = a_bench(queued=queued)
    train(a_training(bench, steps=1), bench)
    assert set(asked) == {"tiny"}
    assert len(asked) >= 3


@pytest.mark.parametrize(
    ("pictures", "sentence"),
    [
        ([PICTURES[0]] * 5, "at least 3 that differ"),
        ([PICTURES[0], PICTURES[0].resize((64, 64)), PICTURES[1]], "at least 3 that differ"),
    ],
)
def test_one_picture_sent_several_times_is_a_sentence(
    a_bench: Callable[..., Bench], pictures: list[Image.Image], sentence: str
) -> None:
    bench = a_bench()
    with pytest.raises(JobFailed, match=sentence):
        train(a_training(bench, pictures), bench)


def test_what_does_not_fit_the_memory_is_left_to_another_worker(
    a_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr("gpuworker.stages.train._Training.run", full)
    bench = a_bench()
    with pytest.raises(WorkerLacks, match="too little memory"):
        train(a_training(bench), bench)


def test_nothing_is_learned_from_pictures_that_may_not_be_shown(a_bench: Callable[..., Bench]) -> None:
    nude = [*PICTURES, Image.new("RGB", (64, 64), (77, 0, 0))]
    bench = a_bench(detector=FakeDetector(77))
    with pytest.raises(JobFailed, match="nothing is held against you"):
        train(a_training(bench, nude), bench)
    with pytest.raises(JobFailed, match="cannot be checked"):
        train(a_training(bench), a_bench(detector=None))
