"""The last look at every picture: what may leave the worker is kept, with its recipe; nothing else is."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from PIL import Image

from gpuworker.stages.bench import Bench, JobFailed
from moderation.judge import judge_picture
from moderation.pictures import Detector
from moderation.policy import Policy
from moderation.told import Told
from storage.blobs import BlobStoreAway, BlobStoreFull
from storage.events import Picture
from storage.jobs import Job
from storage.metrics import PICTURES_JUDGED
from storage.recipe import AnyRecipe
from storage.recipe_file import to_png

log = logging.getLogger(__name__)

_PUT_PAUSES = (0.5, 2.0)
"""Seconds before each further attempt to store a picture."""


def detector_of(bench: Bench) -> Detector:
    """Give what pictures are checked with: ask for it before one is made. Raises JobFailed without one."""
    if bench.detector is None:
        raise JobFailed(
            Told(
                "Pictures cannot be checked on this worker right now, so it works on none; its log says why."
            )
        )
    return bench.detector


@dataclass(frozen=True, slots=True)
class Made:
    """A picture that was made, and what is known of it; it is not stored yet."""

    image: Image.Image
    picture: Picture


def judged(image: Image.Image, recipe: AnyRecipe, policy: Policy, detector: Detector) -> Made:
    """Look at one picture. Raises whatever the detector raises."""
    findings = detector.find(image, recipe.checkpoint)
    verdict = judge_picture(
        findings, policy, prompt=recipe.prompt, steps=recipe.steps, checkpoint=recipe.checkpoint
    )
    PICTURES_JUDGED.labels("worker", verdict.verdict).inc()
    return Made(image, Picture(blob=None, recipe=recipe, findings=findings, verdict=verdict))


def kept(made: Made, job: Job, bench: Bench) -> Picture:
    """Store one picture; a blocked one is dropped here, where it was made. Raises JobFailed."""
    picture = made.picture
    if picture.verdict.blocked:
        return picture
    blob = _put(bench, job, to_png(made.image, picture.recipe))
    return picture.model_copy(update={"blob": blob})


_FULL = Told(
    "The pictures were made but could not be kept: the disk that holds them is full. Whoever runs me has to "
    "make room; please try again then."
)
_AWAY = Told(
    "The pictures were made but could not be kept: the picture store is full or away. Please try again later."
)


def _put(bench: Bench, job: Job, png: bytes) -> str:
    for pause in (*_PUT_PAUSES, None):
        try:
            return bench.blobs.put(png)
        except BlobStoreAway as error:
            log.warning("job %s: %s", job.id, error)
            if pause is None:
                raise JobFailed(_FULL if isinstance(error, BlobStoreFull) else _AWAY) from error
            time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")
