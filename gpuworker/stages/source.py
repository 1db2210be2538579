"""The picture that a job starts from: fetched, judged, and cut to what is rendered of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageOps

from gpuworker.engine.request import Start
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.region import Region
from moderation.findings import Findings
from moderation.judge import judge_picture
from moderation.pictures import Detector
from moderation.policy import Policy
from moderation.prompt_language.schedule import USUAL_STEPS
from storage.blobs import BlobMissing, BlobStoreAway
from storage.jobs import Imagine, Job


@dataclass(frozen=True)
class Source:
    """What the engine starts from, and what makes the job's picture of its rendering."""

    start: Start | None = None
    finish: Callable[[Image.Image], Image.Image] = lambda rendered: rendered


def fetch_source(job: Job, task: Imagine, bench: Bench, detector: Detector) -> Source:
    """The task's picture and mask, if it has any. Without a mask it is cut to the task's shape.

    Raises JobFailed when they are gone, or when the policy does not let the picture be shown.
    """
    if task.start is None:
        return Source()
    size = task.width, task.height
    picture = opened(fetch(bench, task.start.image)).convert("RGB")
    findings = detector.find(picture, job.checkpoint)
    refuse_blocked(findings, job.policy, prompt=task.prompt, steps=task.steps, checkpoint=job.checkpoint)
    if task.start.mask is None:
        fitted = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
        return Source(Start(fitted, task.start.strength))
    mask = opened(fetch(bench, task.start.mask)).convert("L")
    if mask.size != picture.size or mask.getbbox() is None:
        raise JobFailed("The mask does not fit the picture: please send both again.")
    region = Region(picture, mask, size)
    return Source(region.start(task.start.strength), region.put_back)


def refuse_blocked(
    findings: Findings, policy: Policy, *, prompt: str, checkpoint: str, steps: int = USUAL_STEPS
) -> None:
    """Raise JobFailed when the policy does not let a picture be shown that was found to be so."""
    if judge_picture(findings, policy, prompt=prompt, steps=steps, checkpoint=checkpoint).blocked:
        raise JobFailed(
            "The picture that you gave me seems to show nudity, which I may not work on here. Detectors err, "
            "and nothing is held against you: please try another picture."
        )


def fetch(bench: Bench, blob: str) -> bytes:
    """A picture that a job works on, as a PNG file. Raises JobFailed when it is gone."""
    try:
        return bench.blobs.get(blob)
    except BlobMissing as error:
        raise JobFailed("The picture is no longer kept: please send it again.") from error
    except BlobStoreAway as error:
        raise JobFailed(
            "The picture cannot be fetched, because the picture store is away. Please try again later."
        ) from error


def opened(png: bytes) -> Image.Image:
    """Such a file as a picture."""
    return Image.open(io.BytesIO(png), formats=("PNG",))
