"""Pictures from words, and from pictures: sample them, look at them, keep the ones that may leave."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from gpuworker.engine.request import Request, Start, StepDone
from gpuworker.stages.bench import Bench, clip_of
from gpuworker.stages.follow import Follower
from gpuworker.stages.ranking import best_first
from gpuworker.stages.review import detector_of, judged, kept
from gpuworker.stages.source import fetch_source
from storage.events import Picture
from storage.jobs import Imagine, Job, Noise, Sampling
from storage.queue import JOB_TIMEOUT
from storage.recipe import Recipe

_ROUNDING_UP = 60.0
"""Seconds kept for review and storing after the last step, within the job's time."""


def imagine(job: Job, bench: Bench) -> tuple[Picture, ...]:
    """Render the job's pictures, one for each noise, in that order; or only the best, the best first.

    Raises JobFailed, JobCancelled, and what the engine raises: CheckpointError, RenderError, EngineStopped.
    """
    task, detector = job.task, detector_of(bench)
    assert isinstance(task, Imagine)
    clip = None if task.best is None else clip_of(bench, "ranked")
    checkpoint_hash = bench.checkpoints.describe(job.checkpoint).hash
    source = fetch_source(job, task, bench, detector)
    follower = Follower(job.id, len(task.noises), task.steps_made, bench)
    deadline = time.monotonic() + JOB_TIMEOUT - _ROUNDING_UP
    request = partial(_request, job.checkpoint, task, source.start, deadline)
    futures = [
        bench.engine.submit(request(noise, follower.noting(index))) for index, noise in enumerate(task.noises)
    ]
    images = [source.finish(rendered) for rendered in follower.await_all(futures)]
    sampling = task.model_dump(include=set(Sampling.model_fields))
    recipe_of = partial(Recipe, **sampling, checkpoint=job.checkpoint, checkpoint_hash=checkpoint_hash)
    made = [
        judged(image, recipe_of(noise=noise), job.policy, detector)
        for image, noise in zip(images, task.noises, strict=True)
    ]
    if clip is not None:
        made = best_first(made, task.prompt, task.steps, clip)[: task.best]
    return tuple(kept(each, job, bench) for each in made)


def _request(
    checkpoint: str,
    task: Imagine,
    start: Start | None,
    deadline: float,
    noise: Noise,
    on_step: Callable[[StepDone], None],
) -> Request:
    return Request(
        checkpoint=checkpoint,
        prompt=task.prompt,
        negative_prompt=task.negative_prompt,
        width=task.width,
        height=task.height,
        steps=task.steps,
        sampler=task.sampler,
        guidance_scale=task.guidance_scale,
        noise=noise,
        start=start,
        deadline=deadline,
        on_step=on_step,
    )
