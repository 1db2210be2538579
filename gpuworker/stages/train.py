"""A word for what pictures have in common: trained between others' steps, and shown in four pictures."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.errors import EngineStopped
from gpuworker.stages.bench import Bench, JobCancelled, JobFailed, WorkerLacks
from gpuworker.stages.carry_over import alike, likeness_of
from gpuworker.stages.examples import (
    Seen,
    examples_of,
    names_for,
    square_around,
    squares_of,
    without_article,
)
from gpuworker.stages.learned import brought, learner_of, told_of
from gpuworker.stages.review import detector_of, judged, kept, put
from gpuworker.stages.word_scenes import Drawn, drawn, request_of, scenes_of
from gpuworker.training.begun import Begun
from gpuworker.training.blending import blended
from gpuworker.training.inversion import Inversion
from gpuworker.training.lessons import Lesson, encoder_of, first_vectors, lesson_of, pixels_of
from gpuworker.training.low_rank import LowRankAdaptation
from gpuworker.training.naming import best_phrases, times_named
from gpuworker.training.restraint import Shown, Vectors, restrained
from gpuworker.training.state import TrainingState
from gpuworker.training.trainer import Trainer, curve_of
from gpuworker.training.turn import Turns
from moderation.gallery import NOBODY
from moderation.preview import as_jpeg, preview_for
from moderation.said import Said
from moderation.told import Told
from storage.events import Picture, Progress, Trained
from storage.jobs import Job
from storage.recipe import Recipe
from storage.training import Subject, Train, Weights

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
    training = _Training(job, task, bench, seen)
    try:
        trainer = training.run(checkpoint)
        shown = training.restrain(trainer) or training.drawn(trainer)
    except torch.OutOfMemoryError as error:
        raise WorkerLacks(
            Told(
                "This worker has too little memory to train words for {checkpoint}.",
                checkpoint=job.checkpoint,
            )
        ) from error
    file = trainer.learner.file(trainer.state)
    pictures = _pictures(job, bench, shown, told_of(task, file, blob := put(bench, job, file)))
    return pictures, Trained(
        word=task.word,
        file=blob,
        bytes=len(file),
        vectors=task.vectors,
        widths=checkpoint.model.text_widths,
        examples=tuple(example.image for example in task.examples),
        captions=seen.captions,
        losses=curve_of(trainer.state.losses),
        likeness=likeness_of(task, bench, seen, pictures),
        phrase=trainer.learner.phrase if isinstance(trainer.learner, LowRankAdaptation) else "",
    )


@dataclass
class _Training:
    """One training on this worker: it tells how far it is, notes that, and shows what it draws by now."""

    job: Job
    task: Train
    bench: Bench
    seen: Seen
    scenes: list[str] = field(default_factory=list)
    """Prompts that show the word, once it is known what the checkpoint calls its thing."""
    _told: float = 0.0
    _noted: float = 0.0
    _drawn: Future[Image.Image] | None = None
    _preview: bytes | None = None
    _begun: Begun = field(init=False)
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
        every = max(1, self.task.steps // _PREVIEWS)
        try:
            while not trainer.done:
                # Asked for anew each time, so that it can make room for others between two steps.
                checkpoint = self.bench.checkpoints.get(self.job.checkpoint)
                for slice_ in trainer.step(checkpoint):
                    self._turns.run(slice_)
                if trainer.state.step % every == 0 and not trainer.done:
                    self._draw(trainer)
                self._tell(trainer.state.step)
                if time.monotonic() >= self._noted + NOTE_SECONDS:
                    self._note(trainer.state)
        except EngineStopped:
            self._note(trainer.state)
            raise
        finally:
            if self._drawn is not None:
                self._drawn.cancel()
                self._drawn = None
        self._note(trainer.state)
        return trainer

    def _trainer(self, checkpoint: Checkpoint) -> Trainer:
        task, notes = self.task, self.bench.notes
        noted = None if notes is None else notes.read(self.job.id)
        self._begun = begun = self._begun_before(checkpoint, noted) or self._begin(checkpoint)
        names = list(begun.names)
        self.scenes = (
            [each.prompt for each in task.before.drawn]
            if task.before
            else scenes_of(self.job, self.bench, self.seen, names[0])
        )
        learner = learner_of(task, checkpoint, begun)
        state = learner.beginning()
        if noted is not None:
            try:
                state = TrainingState.from_bytes(noted, state)
                log.info("job %s: its training goes on from step %d", self.job.id, state.step)
            except ValueError as error:
                log.warning("job %s: its training begins anew: %s", self.job.id, error)
        self._note(state)
        lessons = self._lessons(checkpoint, names)
        return Trainer(lessons, state, task.steps, task.seed, learner)

    def _begun_before(self, checkpoint: Checkpoint, noted: bytes | None) -> Begun | None:
        """Give what another worker found out before the first step, if that was noted."""
        if noted is None:
            return None
        widths = () if self.task.weights is Weights.LORA else checkpoint.model.text_widths
        try:
            return Begun.from_bytes(noted, self.task.vectors, widths)
        except ValueError as error:
            log.warning("job %s: its training begins anew: %s", self.job.id, error)
            return None

    def _begin(self, checkpoint: Checkpoint) -> Begun:
        names = self._names(checkpoint)
        is_lora = self.task.weights is Weights.LORA
        return Begun(tuple(names), () if is_lora else self._blend(checkpoint, names[0]))

    @cached_property
    def _whole(self) -> Tensor:
        """Give the latents of the pictures, the middle of each, as they are compared with phrases."""
        return self._latents([square_around(picture, (), None)[0] for picture in self.seen.pictures])

    def _names(self, checkpoint: Checkpoint) -> list[str]:
        """Ask the checkpoint which phrase it would draw the pictures by: CLIP may know others.

        A LoRA of a style has no use for one.
        """
        if self.task.weights is Weights.LORA and self.task.subject is Subject.STYLE:
            return list(self.seen.names)
        return best_phrases(checkpoint, self._whole, self.seen.names, self.task.seed, self._turns.run)

    def _blend(self, checkpoint: Checkpoint, name: str) -> Vectors:
        phrases = [without_article(each) for each in dict.fromkeys((name, *self.seen.names))]
        return blended(checkpoint, self._whole, phrases, self.task.vectors, self.task.seed, self._turns.run)

    def _latents(self, squares: Sequence[Image.Image]) -> Tensor:
        checkpoint, latents = self.bench.checkpoints.get(self.job.checkpoint), list[Tensor]()
        side, encode = checkpoint.model.side, encoder_of(checkpoint)
        for square in squares:
            pixels = pixels_of(square.convert("RGB").resize((side, side), Image.Resampling.LANCZOS))[None]
            self._turns.run(lambda pixels=pixels: latents.append(encode(pixels).float().cpu()))  # type: ignore[misc]
        return torch.cat(latents)

    def restrain(self, trainer: Trainer) -> list[Drawn]:
        """Take back what was learned as far as pictures are less like by it, or no longer recognised.

        Gives the pictures that it drew by what is left, none where nothing could be recognised. A LoRA stands
        beside the phrase for its thing, which sees to that.
        """
        state, learner, names = trainer.state, trainer.learner, self._begun.names
        if self.task.subject is Subject.STYLE or len(names) < 2 or not isinstance(learner, Inversion):
            return []
        shown: list[tuple[Vectors, list[Drawn]]] = []

        def look(vectors: Vectors) -> Shown:
            state.best = vectors
            shown.append((vectors, self.drawn(trainer)))
            images = [image for image, _ in shown[-1][1]]
            latents, all_names = self._latents(images), names_for(images, names, self.bench)
            checkpoint = self.bench.checkpoints.get(self.job.checkpoint)
            recognised = times_named(checkpoint, latents, all_names, self.task.seed, self._turns.run)
            return Shown(recognised, alike(self.bench, self.seen.pictures, images))

        named = without_article(names[0])
        phrase = first_vectors(self.bench.checkpoints.get(self.job.checkpoint), named, self.task.vectors)
        state.best = restrained(phrase, learner.vectors, state.best, look)
        return next(pictures for vectors, pictures in shown if vectors is state.best)

    def drawn(self, trainer: Trainer) -> list[Drawn]:
        """Draw the scenes with the word as it is by now."""
        now = brought(self.task, trainer.learner, trainer.state)
        return drawn(self.job, self.task, self.bench, self.scenes, now)

    def _lessons(self, checkpoint: Checkpoint, names: list[str]) -> list[Lesson]:
        task, side, lessons = self.task, checkpoint.model.side, list[Lesson]()
        cut = squares_of(self.seen.pictures, names, task.subject, self.bench)
        for place, ((square, mask), caption) in enumerate(zip(cut, self.seen.captions, strict=True)):
            picture = square.resize((side, side), Image.Resampling.LANCZOS)
            prepare = partial(
                lesson_of,
                picture,
                mask.resize(picture.size, Image.Resampling.BOX),
                caption,
                "" if task.weights is Weights.LORA and task.subject is Subject.STYLE else task.word,
                task.subject,
                encoder_of(checkpoint),
                task.seed + place,
            )
            self._turns.run(lambda prepare=prepare: lessons.append(prepare()))  # type: ignore[misc]
        return lessons

    def _look(self) -> None:
        if self.bench.is_cancelled(self.job.id):
            raise JobCancelled
        if self._drawn is not None and self._drawn.done():
            drawn, self._drawn = self._drawn, None
            self._preview = self._allowed(drawn.result())

    def _draw(self, trainer: Trainer) -> None:
        """Have the engine draw a picture with the word as it is by now, always the same one otherwise."""
        if self._drawn is None:
            now = brought(self.task, trainer.learner, trainer.state)
            request = request_of(self.job, self.bench, self.scenes[0], self.task.seed, now)
            self._drawn = self.bench.engine.submit(request(steps=_PREVIEW_STEPS))

    def _allowed(self, picture: Image.Image) -> bytes | None:
        seen = preview_for(
            picture,
            1,
            self.job.policy,
            detector_of(self.bench),
            Said(self.scenes[0], beside=self.job.shows),
            self.job.checkpoint,
            NOBODY,
        )
        return None if seen is None else as_jpeg(seen)

    def _tell(self, step: int) -> None:
        if time.monotonic() < self._told + _TELL_SECONDS:
            return
        self._told = time.monotonic()
        preview, self._preview = self._preview, None
        job_id, reply_to, steps = self.job.id, self.job.reply_to, self.task.steps
        self.bench.tell(Progress(job_id=job_id, reply_to=reply_to, step=step, steps=steps, preview=preview))

    def _note(self, state: TrainingState) -> None:
        self._noted = time.monotonic()
        if self.bench.notes is not None:
            self.bench.notes.note(self.job.id, self._begun.beside(state))


def _pictures(
    job: Job, bench: Bench, shown: Sequence[Drawn], drawn_with: Mapping[str, Any]
) -> tuple[Picture, ...]:
    """Judge the pictures that show the word, whose file is told, and keep those that may be seen."""
    described = bench.checkpoints.describe(job.checkpoint)
    made = [
        judged(
            image,
            Recipe(
                **{name: getattr(request, name) for name in _SAME},
                checkpoint=job.checkpoint,
                checkpoint_hash=described.hash,
                **drawn_with,
            ),
            job,
            detector_of(bench),
        )
        for image, request in shown
    ]
    return tuple(kept(each, job, bench) for each in made)


_SAME = ("prompt", "negative_prompt", "width", "height", "steps", "sampler", "guidance_scale", "noise")
