"""A picture made larger."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.stages.bench import Bench, JobCancelled, JobFailed, WorkerLacks
from gpuworker.stages.detail import detailed
from gpuworker.stages.fetch import fetch, opened, refuse_blocked
from gpuworker.stages.follow import TELL_SECONDS, deadline
from gpuworker.stages.review import detector_of, judged, kept
from moderation.told import Told, told_of
from storage.events import Picture, Progress
from storage.jobs import Job, Upscale
from storage.recipe import Upscaled
from storage.recipe_file import read_recipe
from storage.sizes import TooLarge, upscaled_size

if TYPE_CHECKING:
    from gpuworker.models.loaded_upscaler import LoadedUpscaler

log = logging.getLogger(__name__)


def upscale(job: Job, bench: Bench) -> tuple[Picture]:
    """Enlarge the job's picture. Raises JobFailed and JobCancelled."""
    task, detector = job.task, detector_of(bench)
    assert isinstance(task, Upscale)
    png = fetch(bench, task.image)
    picture = opened(png).convert("RGB")
    try:
        upscaled_size(picture.size, task.factor)
    except TooLarge as error:
        raise JobFailed(told_of(error)) from error
    of = read_recipe(png)
    checkpoint, checkpoint_hash = of.checkpoint if of else job.checkpoint, None
    findings = detector.find(picture, checkpoint)
    refuse_blocked(findings, job.policy, job.said_of(task), checkpoint)
    upscaler, due = _upscaler(bench), deadline()
    try:
        larger = upscaler.enlarge(picture, task.factor, _telling(job, task, bench))
    except CheckpointError as error:
        raise WorkerLacks(Told("The picture is too large for this worker's memory right now.")) from error
    if task.detail is not None:
        checkpoint, checkpoint_hash = job.checkpoint, bench.checkpoints.describe(job.checkpoint).hash
        larger = detailed(larger, task, task.detail, job, bench, due)
    recipe = Upscaled(
        **task.model_dump(),
        checkpoint=checkpoint,
        checkpoint_hash=checkpoint_hash,
        upscaler=upscaler.name,
        upscaler_hash=upscaler.hash,
        of=of,
    )
    return (kept(judged(larger, recipe, job, detector), job, bench),)


def _upscaler(bench: Bench) -> LoadedUpscaler:
    try:
        return bench.upscaler.get()
    except CheckpointError as error:
        log.error("no picture can be made larger: %s", error)
        raise WorkerLacks(
            Told("Pictures cannot be made larger on this worker right now; its log says why.")
        ) from error


def _telling(job: Job, task: Upscale, bench: Bench) -> Callable[[int, int], None]:
    """Make what is called before each tile: it tells how many are done, and stops when the job is cancelled.

    Before detail is drawn, which takes much longer, it only tells that the job has begun.
    """
    due = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal due
        if bench.is_cancelled(job.id):
            raise JobCancelled
        if time.monotonic() >= due:
            due = time.monotonic() + TELL_SECONDS
            step = 0 if task.detail else done
            bench.tell(Progress(job_id=job.id, reply_to=job.reply_to, step=step, steps=of))

    return tell
