"""What a stage works with, and how it ends when it cannot go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.blobs import Blobs
from storage.events import Progress

if TYPE_CHECKING:
    from gpuworker.checkpoints.store import CheckpointStore
    from gpuworker.engine.engine import Engine
    from gpuworker.models.kept_upscaler import KeptUpscaler
    from moderation.pictures import Detector


@dataclass(frozen=True, slots=True)
class Bench:
    """One bench serves all seats of a worker at once.

    `detector` is None when its weights are missing or not the pinned ones: then no picture may leave.
    `tell` and `is_cancelled` (which takes a job's id) neither raise nor wait long when Redis is away.
    """

    engine: Engine
    checkpoints: CheckpointStore
    detector: Detector | None
    upscaler: KeptUpscaler
    blobs: Blobs
    tell: Callable[[Progress], None]
    is_cancelled: Callable[[str], bool]


class JobFailed(Exception):
    """The job cannot be done; the message is a sentence for the member."""


class JobCancelled(Exception):
    """Someone asked to stop the job."""
