"""A word for what pictures have in common: trained between others' steps, and shown in four pictures."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import torch
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.request import CarriedEmbedding, Request
from gpuworker.families.model import Embedding
from gpuworker.stages.bench import Bench, JobCancelled, JobFailed
from gpuworker.stages.examples import AROUND, Seen, examples_of
from gpuworker.stages.review import detector_of, judged, kept, put
from gpuworker.training.lessons import Lesson, encoder_of, first_vectors, lesson_of, usual_norms
from gpuworker.training.state import TrainingState
from gpuworker.training.trainer import Trainer, curve_of, fit, on_sphere
from gpuworker.training.turn import LOOK_SECONDS, Turns
from moderation.judge import judge_prompt
from moderation.preview import as_jpeg, preview_for
from moderation.told import Told
from storage.add_on_hashes import AddOnHashes
from storage.events import Picture, Progress, Trained
from storage.jobs import MAX_PICTURES, Job, Subject, Train
from storage.noise import Noise
from storage.recipe import Recipe
from tasks.presets import Imagination, Quality
from tasks.size import size_like

log = logging.getLogger(__name__)

NOTE_SECONDS = 5.0
"""Between two notes of how far a training is; a worker that dies loses no more."""
_CROWD = 4
"""Jobs that wait for a seat, at which a training pauses."""
_PREVIEW_STEPS = 12
_PREVIEWS = 6
"""Pictures of the word that are shown while it is trained."""
_TELL_SECONDS = 0.5


def train(job: Job, bench: Bench) -> tuple[tuple[Picture, ...], Trained]:
    """Train the job's word, and draw pictures with it. Gives the pictures, and what was trained.

    A training that another worker began goes on from its last note. Raises JobFailed, JobCancelled,
    CheckpointError, and EngineStopped, after which another worker goes on.
    """
    task = job.task
    assert isinstance(task, Train)
    checkpoint = bench.checkpoints.get(job.checkpoint)
    if checkpoint.model.fills_masks:
        raise JobFailed(
            Told(
                "{checkpoint} only fills parts of pictures: train the word on another checkpoint.",
                checkpoint=job.checkpoint,
            )
        )
    seen = examples_of(job, bench)
    scenes = _scenes(job, bench, seen)
    training = _Training(job, task, bench, seen, scenes[0])
    try:
        trainer = training.run(checkpoint)
    except torch.OutOfMemoryError as error:
        raise JobFailed(
            Told(
                "This worker has too little memory to train words for {checkpoint}.",
                checkpoint=job.checkpoint,
            )
        ) from error
    file = trainer.state.embedding_file()
    blob = put(bench, job, file)
    pictures = _pictures(job, task, bench, scenes, training.carried(trainer.state, blob))
    if bench.notes is not None:
        bench.notes.forget(job.id)
    return pictures, Trained(
        word=task.word,
        file=blob,
        bytes=len(file),
        vectors=task.vectors,
        widths=tuple(each.shape[1] for each in trainer.state.vectors),
        examples=tuple(example.image for example in task.examples),
        captions=seen.captions,
        losses=curve_of(trainer.state.losses),
    )


@dataclass
class _Training:
    """One training on this worker: it tells how far it is, notes that, and shows what it draws by now."""

    job: Job
    task: Train
    bench: Bench
    seen: Seen
    scene: str
    _told: float = 0.0
    _noted: float = 0.0
    _drawn: Future[Image.Image] | None = None
    _preview: bytes | None = None
    _turns: Turns = field(init=False)

    def __post_init__(self) -> None:
        bench, job = self.bench, self.job
        self._turns = Turns(
            bench.engine,
            bench.training_share,
            look=self._look,
            is_crowded=lambda: bench.queued(job.checkpoint) >= _CROWD,
        )

    def run(self, checkpoint: Checkpoint) -> Trainer:
        """Make all steps that are left. Raises as `train` does."""
        trainer = self._trainer(checkpoint)
        self._noted = time.monotonic()
        every = max(1, self.task.steps // _PREVIEWS)
        try:
            while not trainer.done:
                # Asked for anew each time, so that it can make room for others between two steps.
                checkpoint = self.bench.checkpoints.get(self.job.checkpoint)
                for slice_ in trainer.step(checkpoint):
                    self._turns.run(slice_)
                if trainer.state.step % every == 0 and not trainer.done:
                    self._draw(trainer.state)
                self._tell(trainer.state.step)
                if time.monotonic() >= self._noted + NOTE_SECONDS:
                    self._note(trainer.state)
        except EngineStopped:
            self._note(trainer.state)
            raise
        finally:
            if self._drawn is not None:
                self._drawn.cancel()
        self._note(trainer.state)
        return trainer

    def _trainer(self, checkpoint: Checkpoint) -> Trainer:
        task, norms, lessons = self.task, usual_norms(checkpoint), self._lessons(checkpoint)
        tries = [
            on_sphere(first_vectors(checkpoint, [name], task.vectors), norms) for name in self.seen.names
        ]
        state = TrainingState.beginning(tries[0])
        if self.bench.notes is not None and (noted := self.bench.notes.read(self.job.id)) is not None:
            try:
                state = TrainingState.from_bytes(noted, state)
                log.info("job %s: its training goes on from step %d", self.job.id, state.step)
            except ValueError as error:
                log.warning("job %s: its training begins anew: %s", self.job.id, error)
        if state.step == 0:
            state = TrainingState.beginning(self._best(checkpoint, lessons, tries))
        return Trainer(lessons, state, norms, task.steps, task.seed, task.subject is Subject.STYLE)

    def _best(
        self, checkpoint: Checkpoint, lessons: list[Lesson], tries: list[tuple[Tensor, ...]]
    ) -> tuple[Tensor, ...]:
        """Give what fits the pictures best: CLIP knows names, and the checkpoint what it draws by them."""
        losses = [0.0] * len(tries)

        def look(place: int, lesson: Lesson, number: int) -> None:
            # The same noise for all of them: they differ by less than noises do.
            lots = torch.Generator().manual_seed(self.task.seed + number)
            losses[place] += fit(checkpoint, lesson, tries[place], lots)

        for number, lesson in enumerate(lessons):
            for place in range(len(tries)):
                self._turns.run(partial(look, place, lesson, number))
        return tries[losses.index(min(losses))]

    def _lessons(self, checkpoint: Checkpoint) -> list[Lesson]:
        task, side, lessons = self.task, checkpoint.model.side, list[Lesson]()
        seen = zip(self.seen.squares, self.seen.masks, self.seen.captions, strict=True)
        for place, (square, mask, caption) in enumerate(seen):
            picture = square.resize((side, side), Image.Resampling.LANCZOS)
            prepare = partial(
                lesson_of,
                picture,
                mask.resize(picture.size, Image.Resampling.BOX),
                caption,
                task.word,
                task.subject,
                encoder_of(checkpoint),
                task.seed + place,
            )
            self._turns.run(lambda prepare=prepare: lessons.append(prepare()))  # type: ignore[misc]
        return lessons

    def carried(self, state: TrainingState, blob: str) -> dict[str, CarriedEmbedding]:
        """Give the word as requests bring it."""
        return {self.task.word: CarriedEmbedding(Embedding(state.halved()), blob)}

    def _look(self) -> None:
        if self.bench.is_cancelled(self.job.id):
            raise JobCancelled
        if self._drawn is not None and self._drawn.done():
            drawn, self._drawn = self._drawn, None
            self._preview = self._allowed(drawn.result())

    def _draw(self, state: TrainingState) -> None:
        """Have the engine draw a picture with the word as it is by now, always the same one otherwise."""
        if self._drawn is None:
            request = _request(
                self.job, self.bench, self.scene, self.task.seed, self.carried(state, "0" * 64)
            )
            self._drawn = self.bench.engine.submit(request(steps=_PREVIEW_STEPS))

    def _allowed(self, picture: Image.Image) -> bytes | None:
        seen = preview_for(
            picture,
            1,
            self.job.policy,
            detector_of(self.bench),
            prompt=self.scene,
            checkpoint=self.job.checkpoint,
        )
        return None if seen is None else as_jpeg(seen)

    def _tell(self, step: int) -> None:
        if time.monotonic() < self._told + _TELL_SECONDS:
            return
        self._told = time.monotonic()
        preview, self._preview = self._preview, None
        self.bench.tell(Progress(job_id=self.job.id, step=step, steps=self.task.steps, preview=preview))

    def _note(self, state: TrainingState) -> None:
        self._noted = time.monotonic()
        if self.bench.notes is not None:
            self.bench.notes.note(self.job.id, state.to_bytes())


def _scenes(job: Job, bench: Bench, seen: Seen) -> list[str]:
    """Give prompts that show the word: a thing in surroundings of which no caption speaks, a style of things.

    The phrases are those of the worker's CLIP, as far as the policy lets them be said.
    """
    task, groups = job.task, bench.words.groups
    assert isinstance(task, Train)
    is_style = task.subject is Subject.STYLE
    group = groups[0] if is_style else next((each for each in groups if each.name in AROUND), groups[-1])
    said = {
        Subject.STYLE: "{phrase}, in the style of {word}",
        Subject.OBJECT: "a {word} {phrase}",
        Subject.CHARACTER: "{word} {phrase}",
    }[task.subject]
    prompts = (
        said.format(word=task.word, phrase=phrase)
        for phrase in _apart(group.phrases)
        if not any(phrase in caption for caption in seen.captions)
    )
    allowed = (each for each in prompts if not judge_prompt(each, "", job.policy).blocked)
    found = list(islice(allowed, MAX_PICTURES))
    plain = task.word if not is_style else f"a picture in the style of {task.word}"
    return (found + [plain] * MAX_PICTURES)[:MAX_PICTURES]


def _apart(phrases: tuple[str, ...]) -> list[str]:
    """Order phrases so that the first few are far apart in the list, where neighbours are much alike."""
    stride = max(1, len(phrases) // MAX_PICTURES)
    return [phrase for first in range(stride) for phrase in phrases[first::stride]]


def _request(
    job: Job, bench: Bench, prompt: str, seed: int, carried: dict[str, CarriedEmbedding]
) -> Callable[..., Request]:
    """Give what makes a request for a picture with the word, of the checkpoint's usual settings."""
    described = bench.checkpoints.describe(job.checkpoint)
    effort = Quality.STANDARD.effort_with(described.usual)
    width, height = size_like(1, 1, described.side)

    def make(steps: int = effort.steps) -> Request:
        return Request(
            checkpoint=job.checkpoint,
            prompt=prompt,
            negative_prompt="",
            width=width,
            height=height,
            steps=min(steps, effort.steps),
            sampler=effort.sampler,
            guidance_scale=Imagination.BALANCED.guidance_with(described.usual),
            noise=Noise(seed=seed),
            embeddings=carried,
            share=job.share,
        )

    return make


def _pictures(
    job: Job, task: Train, bench: Bench, scenes: list[str], carried: dict[str, CarriedEmbedding]
) -> tuple[Picture, ...]:
    """Draw the pictures that show the word, judge them, and keep those that may be seen."""
    requests = [
        _request(job, bench, scene, (task.seed + place) % 2**32, carried)()
        for place, scene in enumerate(scenes)
    ]
    futures = [bench.engine.submit(request) for request in requests]
    images = _awaited(futures, job, bench)
    blobs = {name: each.hash for name, each in carried.items()}
    described = bench.checkpoints.describe(job.checkpoint)
    made = [
        judged(
            image,
            Recipe(
                **{name: getattr(request, name) for name in _SAME},
                checkpoint=job.checkpoint,
                checkpoint_hash=described.hash,
                embeddings=blobs,
                hashes=AddOnHashes(embeddings=blobs),
            ),
            job.policy,
            detector_of(bench),
        )
        for image, request in zip(images, requests, strict=True)
    ]
    return tuple(kept(each, job, bench) for each in made)


_SAME = ("prompt", "negative_prompt", "width", "height", "steps", "sampler", "guidance_scale", "noise")


def _awaited(futures: list[Future[Image.Image]], job: Job, bench: Bench) -> list[Image.Image]:
    try:
        while not all(future.done() for future in futures):
            if bench.is_cancelled(job.id):
                raise JobCancelled
            time.sleep(LOOK_SECONDS / 5)
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()
