"""The last look at every picture: what may leave the worker is kept, with its recipe; nothing else is."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace

from PIL import Image

from gpuworker.stages.bench import Bench, WorkerFailed
from moderation.bodies import Goof
from moderation.judge import judge_picture
from moderation.pictures import Detector
from moderation.told import Told
from moderation.withheld import may_be_appealed
from storage.blobs import BlobStoreAway, BlobStoreFull
from storage.events import Discarded, Picture
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
        raise WorkerFailed(
            Told(
                "Pictures cannot be checked on this worker right now, so it works on none; its log says why."
            )
        )
    return bench.detector


@dataclass(frozen=True, slots=True)
class Made:
    """A picture that was made, and what is known of it; it is not stored yet.

    `goofs` are what is wrong with the people in it, and `before` what was made in its place before.
    """

    image: Image.Image
    picture: Picture
    goofs: tuple[Goof, ...] = ()
    before: tuple[Made, ...] = ()

    @property
    def is_nude(self) -> bool:
        """Say whether nudity is why it is kept back, and nothing else."""
        return self._is_kept_back_by("nudity")

    @property
    def is_wrong(self) -> bool:
        """Say whether it is kept back because somebody in it is drawn wrong, and for nothing else."""
        return self._is_kept_back_by("anatomy")

    def instead_of(self, other: Made) -> Made:
        """Give it as what was made in the place of another picture."""
        return replace(self, before=(*other.before, other))

    def _is_kept_back_by(self, rule: str) -> bool:
        verdict = self.picture.verdict
        return verdict.blocked and all(reason.rule == rule for reason in verdict.reasons)


def judged(image: Image.Image, recipe: AnyRecipe, job: Job, detector: Detector) -> Made:
    """Look at one picture of a job. Raises whatever the detector raises."""
    findings = detector.find(image, recipe.checkpoint)
    verdict = judge_picture(findings, job.policy, job.said_of(recipe), checkpoint=recipe.checkpoint)
    PICTURES_JUDGED.labels("worker", verdict.verdict).inc()
    return Made(image, Picture(blob=None, recipe=recipe, findings=findings, verdict=verdict))


def kept(made: Made, job: Job, bench: Bench) -> Picture:
    """Store one picture; a blocked one is dropped here, where it was made. Raises JobFailed.

    What was discarded because of the people in it is stored for whoever asks why. Of a job for review, what a
    person may decide about is stored too: nobody is shown it before one has.
    """
    if job.for_review and may_be_appealed(made.picture.verdict, made.picture.recipe.sources):
        return made.picture.model_copy(update={"blob": stored(made, job, bench)})
    discarded = tuple(_discarded(each, job, bench) for each in (*made.before, made) if each.is_wrong)
    picture = made.picture.model_copy(update={"discarded": discarded})
    if picture.verdict.blocked:
        return picture
    return picture.model_copy(update={"blob": stored(made, job, bench)})


def _discarded(made: Made, job: Job, bench: Bench) -> Discarded:
    blob, recipe = stored(made, job, bench), made.picture.recipe
    return Discarded(blob=blob, recipe=recipe, size=made.image.size, goofs=made.goofs)


def stored(made: Made, job: Job, bench: Bench) -> str:
    """Store a picture with its recipe, whatever is thought of it, and give the blob. Raises JobFailed."""
    return put(bench, job, to_png(made.image, made.picture.recipe))


_FULL = Told(
    "The pictures were made but could not be kept: the disk that holds them is full. Whoever runs me has to "
    "make room; please try again then."
)
_AWAY = Told(
    "The pictures were made but could not be kept: the picture store is full or away. Please try again later."
)


def put(bench: Bench, job: Job, png: bytes) -> str:
    """Store a PNG file, with patience, and give the blob. Raises JobFailed."""
    for pause in (*_PUT_PAUSES, None):
        try:
            return bench.blobs.put(png)
        except BlobStoreAway as error:
            log.warning("job %s: %s", job.id, error)
            if pause is None:
                raise WorkerFailed(_FULL if isinstance(error, BlobStoreFull) else _AWAY) from error
            time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")
