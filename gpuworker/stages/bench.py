"""What a stage works with, and how it ends when it cannot go on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.stages.look_time import LookTime
from moderation.told import Told
from storage.blobs import Blobs
from storage.events import Progress
from storage.training_notes import TrainingNotes

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from gpuworker.checkpoints.store import CheckpointStore
    from gpuworker.engine.engine import Engine
    from gpuworker.models.aesthetics import Aesthetics
    from gpuworker.models.clip import Clip
    from gpuworker.models.lazy import LazyModel
    from gpuworker.models.loaded_upscaler import LoadedUpscaler
    from gpuworker.models.restorers import Restorers
    from gpuworker.models.word_masks import WordMasks
    from gpuworker.models.words import Words
    from gpuworker.models.yolo import Yolo
    from moderation.pictures import Detector


@dataclass(frozen=True, slots=True)
class Bench:
    """One bench serves all seats of a worker at once.

    `detector` is None when its weights are missing or not the pinned ones: then no picture may leave.
    `counters` count people's parts together in pictures of other worlds than the pocket one.
    `words` says what goes with what, if its CLIP can be had; `aesthetics` is None where nobody chose any.
    `tell`, `is_cancelled` (which takes a job's id) and `queued` (which counts the jobs that wait for a
    checkpoint) neither raise nor wait long when Redis is away. `notes` remembers how far trainings are, and
    `training_share` is what they may take of the device while pictures want it. Previews share `look_time`.
    """

    engine: Engine
    checkpoints: CheckpointStore
    detector: Detector | None
    upscaler: LazyModel[LoadedUpscaler]
    words: Words
    figures: LazyModel[Yolo]
    masks: LazyModel[WordMasks]
    restorers: Restorers
    blobs: Blobs
    tell: Callable[[Progress], None]
    is_cancelled: Callable[[str], bool]
    aesthetics: LazyModel[Aesthetics] | None = None
    counters: tuple[LazyModel[Yolo], ...] = ()
    notes: TrainingNotes | None = None
    queued: Callable[[str], int] = lambda checkpoint: 0
    training_share: float = 0.1
    look_time: LookTime = field(default_factory=LookTime)


class JobFailed(Exception):
    """The job cannot be done; the message is a sentence for the member."""


class WorkerFailed(JobFailed):
    """This worker cannot do the job at the moment, and another one may."""


class WorkerLacks(JobFailed):
    """This worker has not the memory or the file that the job takes; another one may have it."""


class JobCancelled(Exception):
    """Someone asked to stop the job."""


def clip_of(bench: Bench, done: str) -> Clip:
    """Give the worker's CLIP. Raises JobFailed, saying what cannot be `done` to pictures without one."""
    try:
        return bench.words.clip
    except CheckpointError as error:
        log.error("no CLIP: %s", error)
        raise WorkerLacks(
            Told("Pictures cannot be {done} on this worker right now; its log says why.", done=done)
        ) from error


def figures_of(bench: Bench, sought: str) -> Yolo:
    """Give the worker's detector of figures. Raises JobFailed, saying what is `sought` with it."""
    try:
        return bench.figures.get()
    except CheckpointError as error:
        log.error("no detector of figures: %s", error)
        raise WorkerLacks(
            Told("{sought} cannot be found on this worker right now; its log says why.", sought=sought)
        ) from error
