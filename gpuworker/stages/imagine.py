"""Pictures from words, and from pictures: sample them, look at them, keep the ones that may leave."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from PIL import Image

from gpuworker.engine.request import Request, Start, StepDone
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.follow import Follower
from gpuworker.stages.source import fetch_source
from moderation.judge import judge_picture
from moderation.pictures import Detector
from storage.blobs import BlobStoreAway
from storage.events import Picture
from storage.jobs import Job, Noise, Sampling
from storage.queue import JOB_TIMEOUT
from storage.recipe import Recipe
from storage.recipe_file import to_png

log = logging.getLogger(__name__)

_PUT_PAUSES = (0.5, 2.0)
"""Seconds before each further attempt to store a picture."""
_ROUNDING_UP = 60.0
"""Seconds kept for review and storing after the last step, within the job's time."""


def imagine(job: Job, bench: Bench) -> tuple[Picture, ...]:
    """Render the job's pictures, one for each noise, and give them in that order.

    Raises JobFailed, JobCancelled, and what the engine raises: CheckpointError, RenderError, EngineStopped.
    """
    if bench.detector is None:
        raise JobFailed(
            "Pictures cannot be checked on this worker right now, so none are made; its log says why."
        )
    checkpoint_hash = bench.checkpoints.describe(job.checkpoint).hash
    source = fetch_source(job, bench, bench.detector)
    follower = Follower(job, bench)
    deadline = time.monotonic() + JOB_TIMEOUT - _ROUNDING_UP
    futures = [
        bench.engine.submit(_request(job, noise, source.start, deadline, follower.noting(index)))
        for index, noise in enumerate(job.task.noises)
    ]
    images = [source.finish(rendered) for rendered in follower.await_all(futures)]
    review = partial(_review, job, bench, bench.detector, checkpoint_hash)
    return tuple(review(image, noise) for image, noise in zip(images, job.task.noises, strict=True))


def _request(
    job: Job, noise: Noise, start: Start | None, deadline: float, on_step: Callable[[StepDone], None]
) -> Request:
    task = job.task
    return Request(
        checkpoint=job.checkpoint,
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


def _review(
    job: Job, bench: Bench, detector: Detector, checkpoint_hash: str, image: Image.Image, noise: Noise
) -> Picture:
    """Judge one picture; a blocked one is dropped here, where it was made."""
    sampling = job.task.model_dump(include=set(Sampling.model_fields))
    recipe = Recipe(**sampling, checkpoint=job.checkpoint, checkpoint_hash=checkpoint_hash, noise=noise)
    findings = detector.find(image, job.checkpoint)
    verdict = judge_picture(
        findings, job.policy, prompt=job.task.prompt, steps=job.task.steps, checkpoint=job.checkpoint
    )
    blob = None if verdict.blocked else _put(bench, job, to_png(image, recipe))
    return Picture(blob=blob, recipe=recipe, findings=findings, verdict=verdict)


def _put(bench: Bench, job: Job, png: bytes) -> str:
    for pause in (*_PUT_PAUSES, None):
        try:
            return bench.blobs.put(png)
        except BlobStoreAway as error:
            log.warning("job %s: %s", job.id, error)
            if pause is None:
                raise JobFailed(
                    "The pictures were made but could not be kept: the picture store is full or away. "
                    "Please try again later."
                ) from error
            time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")
