"""Pictures from words, and from pictures: sample them, look at them, keep the ones that may leave."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from gpuworker.engine.request import Request, Start, StepDone
from gpuworker.stages.bench import Bench
from gpuworker.stages.follow import Follower
from gpuworker.stages.review import detector_of, review
from gpuworker.stages.source import fetch_source
from storage.events import Picture
from storage.jobs import Imagine, Job, Noise, Sampling
from storage.queue import JOB_TIMEOUT
from storage.recipe import Recipe

_ROUNDING_UP = 60.0
"""Seconds kept for review and storing after the last step, within the job's time."""


def imagine(job: Job, bench: Bench) -> tuple[Picture, ...]:
    """Render the job's pictures, one for each noise, and give them in that order.

    Raises JobFailed, JobCancelled, and what the engine raises: CheckpointError, RenderError, EngineStopped.
    """
    task, detector = job.task, detector_of(bench)
    assert isinstance(task, Imagine)
    checkpoint_hash = bench.checkpoints.describe(job.checkpoint).hash
    source = fetch_source(job, task, bench, detector)
    follower = Follower(job, bench, task.pictures)
    deadline = time.monotonic() + JOB_TIMEOUT - _ROUNDING_UP
    request = partial(_request, job.checkpoint, task, source.start, deadline)
    futures = [
        bench.engine.submit(request(noise, follower.noting(index))) for index, noise in enumerate(task.noises)
    ]
    images = [source.finish(rendered) for rendered in follower.await_all(futures)]
    sampling = task.model_dump(include=set(Sampling.model_fields))
    recipe_of = partial(Recipe, **sampling, checkpoint=job.checkpoint, checkpoint_hash=checkpoint_hash)
    return tuple(
        review(image, recipe_of(noise=noise), job, bench, detector)
        for image, noise in zip(images, task.noises, strict=True)
    )


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
