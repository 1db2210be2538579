"""Pictures from words, and from pictures: sample them, look at them, keep the ones that may leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PIL import Image

from gpuworker.engine.errors import Lacking
from gpuworker.engine.request import CarriedEmbedding, DrawnWith, Request, Start, StepDone
from gpuworker.models.loras import LoraFile
from gpuworker.stages.anatomy import looked_at
from gpuworker.stages.bench import Bench
from gpuworker.stages.blend import worded
from gpuworker.stages.embeddings import carried_by
from gpuworker.stages.follow import Follower, deadline
from gpuworker.stages.loras import loras_of
from gpuworker.stages.pieces import Source, noise_of_piece
from gpuworker.stages.ranking import best_first, judges_of, wanted
from gpuworker.stages.rescue import rescued
from gpuworker.stages.review import Made, detector_of, judged, kept
from gpuworker.stages.second_try import tried_again
from gpuworker.stages.source import fetch_source
from gpuworker.stages.taste import with_looks
from moderation.policy import Policy
from storage.events import Picture
from storage.jobs import Imagine, Job, Sampling
from storage.noise import Noise
from storage.recipe import Recipe

_MADE_BY = set(Sampling.model_fields) - {"anatomy", "rescue"}
"""What of a task goes into a recipe: not what would have become of the picture if it had come out wrong."""


def imagine(job: Job, bench: Bench) -> tuple[Picture, ...]:
    """Render the job's pictures, one for each noise, in that order; or only the best, the best first.

    What comes out nude where it may not, or with three arms, is made again, a few times; at last it is kept
    back. Where the member chose so, only the part with the arms is painted again, or cut off. For review it
    is made once: the picture that was kept back is the one to be looked at.

    Raises JobFailed, JobCancelled, and what the engine raises: CheckpointError, RenderError, EngineStopped.
    """
    detector = detector_of(bench)
    assert isinstance(job.task, Imagine)
    task = worded(job.task, job, bench)
    judges = None if task.best is None else judges_of(bench, job)
    begun_with = fetch_source(job, task, bench, detector)
    carried = carried_by(task, bench), loras_of(task, bench)
    texts, until = wanted(task.prompt, task.steps), deadline()

    def made_of(wish: Imagine, number: int = 0) -> list[Made]:
        weights = _Weights(wish, job.policy, *carried)
        source = begun_with if wish.start is task.start else fetch_source(job, wish, bench, detector)
        images = _rendered(job, wish, source, bench, weights, until, number)
        sampling = wish.model_dump(include=_MADE_BY)
        recipe_of = partial(Recipe, **sampling, checkpoint=job.checkpoint, **weights.told(job, bench))
        # Pieces that are handed over, too, come of one picture alone and share its recipe.
        made = [
            judged(image, recipe_of(noise=wish.noises[place % len(wish.noises)]), job, detector)
            for place, image in enumerate(images)
        ]
        return looked_at(made, job, task, texts, bench)

    made = made_of(task)
    if not begun_with.separate and not job.for_review:
        rescue = partial(rescued, task=task, job=job, bench=bench, make=made_of)
        made = tried_again(made, task, made_of, rescue)
    if judges is not None:
        made = best_first(made, task.prompt, task.steps, judges)[: task.best]
    return tuple(kept(each, job, bench) for each in with_looks(made, job, bench))


class _Weights:
    """Notes what the job's pictures are drawn with, and refuses other add-ons than it asks for."""

    def __init__(
        self,
        task: Imagine,
        policy: Policy,
        carried: Mapping[str, CarriedEmbedding],
        loras: Mapping[str, LoraFile],
    ) -> None:
        self.add_ons_allowed = policy.add_ons
        self.carried, self.loras = carried, loras
        self._asked = task.hashes
        self._drawn: DrawnWith | None = None

    def note(self, drawn: DrawnWith) -> None:
        """Take note of a picture that begins. Raises Lacking if it would differ from what is asked."""
        if self._asked is not None and (changed := self._asked.changed_to(drawn.add_ons)) is not None:
            raise Lacking(changed)
        self._drawn = drawn

    def told(self, job: Job, bench: Bench) -> dict[str, Any]:
        """Give what the recipe tells of them; the checkpoint's files tell it where nothing was drawn."""
        if self._drawn is None:
            return {"checkpoint_hash": bench.checkpoints.describe(job.checkpoint).hash}
        return {"checkpoint_hash": self._drawn.checkpoint, "hashes": self._drawn.add_ons}


def _rendered(
    job: Job,
    task: Imagine,
    source: Source,
    bench: Bench,
    weights: _Weights,
    until: float,
    number_of_try: int,
) -> list[Image.Image]:
    """Take all pictures through one round after the other; pieces that are handed over come after them."""
    together = source.at_once
    pictures, steps = len(task.noises) * together, source.rounds * task.steps_made
    follower = Follower(job, pictures, steps, bench, again=number_of_try > 0)
    if source.marked is not None:
        follower.begin_with(source.marked)
    request = partial(_request, job, task, source.prompt or task.prompt, until, weights)
    images, parts = [source.picture] * len(task.noises), list[Image.Image]()
    for number in range(source.rounds):
        futures = [
            bench.engine.submit(
                request(
                    noise_of_piece(noise, number + place),
                    start,
                    follower.noting(index * together + place, number),
                )
            )
            for index, (noise, image) in enumerate(zip(task.noises, images, strict=True))
            for place, start in enumerate(source.starts(number, image))
        ]
        parts = [source.restore(part) for part in follower.await_all(futures)]
        images = [
            source.put_back(number, image, parts[index * together : (index + 1) * together])
            for index, image in enumerate(images)
        ]
    finished = [source.finish(image) for image in images if image is not None]
    return finished + parts if source.separate else finished


def _request(
    job: Job,
    task: Imagine,
    prompt: str,
    deadline: float,
    weights: _Weights,
    noise: Noise,
    start: Start | None,
    on_step: Callable[[StepDone], None],
) -> Request:
    return Request(
        checkpoint=job.checkpoint,
        prompt=prompt,
        negative_prompt=task.negative_prompt,
        width=task.width,
        height=task.height,
        steps=task.steps,
        sampler=task.sampler,
        guidance_scale=task.guidance_scale,
        noise=noise,
        weighting=task.weighting,
        sums_parts=task.sums_parts,
        bare_embeddings=weights.add_ons_allowed,
        embeddings=weights.carried,
        loras=weights.loras,
        start=start,
        seamless=task.seamless,
        share=job.share,
        deadline=deadline,
        on_step=on_step,
        on_begin=weights.note,
    )
