"""What a worker leaves to the others: what failed here, what it cannot read, what it hangs over."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import redis
from pydantic import ValidationError

from gpuworker.workplace import Workplace
from storage.attempts import Attempts, Refusal, attempts_at, excuse, excused, refuse
from storage.farm import WorkerCard, workers
from storage.jobs import Imagine, Job, Upscale
from storage.queue import queue_of
from storage.signing import signer_of
from storage.take_back import hedge
from storage.versions import TooNew

log = logging.getLogger(__name__)

_WAITS = {Refusal.LACKS, Refusal.UNREADABLE}
"""Why a job, which nobody here can do, waits for a worker that may, even if that one takes none for now."""


class Duty:
    """Decides for one worker; alone on the farm, it does everything."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def is_free(self) -> bool:
        """Say whether a job may be taken: not while the worker steps back, and others are there."""
        if self._place.is_strange or not self._place.bench.blobs.answers():
            return False
        if self._place.health.ails is None:
            return True
        return not _others(self._place, self._place.served) or self._place.health.is_free()

    def leaves(self, said: Mapping[str, Any], attempts: Attempts) -> bool:
        """Say whether the job was refused here or is too large, and a worker that may do it is there."""
        place, checkpoint = self._place, str(said.get("checkpoint"))
        if (why := attempts.refused.get(place.name)) is not None:
            return bool(_others(place, [checkpoint], attempts.refused, later=why in _WAITS))
        most = place.bench.engine.stats().most_pixels.get(checkpoint)
        if most is None or (pixels := _pixels_of(said)) <= most:
            return False
        others = _others(place, [checkpoint], attempts.refused, later=True)
        return any(card.has_room_for(checkpoint, pixels) for card in others)


def pass_on(place: Workplace, job_id: str, checkpoint: str, why: Refusal) -> bool:
    """Leave a job to another worker; False if there is none, or the job failed on another one before."""
    refused = attempts_at(place.patient, job_id).refused
    blamed = {name for name, reason in refused.items() if reason is Refusal.FAILED} - {place.name}
    if why is Refusal.FAILED:
        if blamed:
            excuse(place.patient, blamed, job_id)
            return False
        place.health.failed(job_id)
    if not _others(place, [checkpoint], refused, later=why in _WAITS):
        return False
    refuse(place.patient, job_id, place.name, why)
    return True


def hear_excuses(place: Workplace) -> None:
    """Take back the blame for jobs that failed elsewhere as well."""
    if place.health.ails is not None:
        place.health.excuse(excused(place.quick, place.name))


def hedge_what_hangs(place: Workplace) -> None:
    """Give jobs that make no progress here to another worker as well; the first result counts."""
    cards: list[WorkerCard] = []

    def seconds_elsewhere(job: Job) -> float | None:
        if not cards:
            cards.extend(workers(place.quick))
        speeds = [
            card.picture_steps_per_second.get(job.checkpoint, 0.0)
            for card in _serving(cards, [job.checkpoint], {place.name})
            if card.ails is None
        ]
        best = max(speeds, default=0.0)
        return job.task.picture_steps / best if best else None

    for job in place.watch.hanging(seconds_elsewhere, place.bench.checkpoints.loading):
        others = _others(place, [job.checkpoint])
        if others and hedge(queue_of(job.checkpoint, place.quick), job.id, place.name):
            log.warning("job %s: makes no progress here, and is given to another worker too", job.id)


def _others(
    place: Workplace, checkpoints: Collection[str], without: Iterable[str] = (), *, later: bool = False
) -> list[WorkerCard]:
    """List the other workers that could take a job; none while Redis does not say.

    With `later` also those that take nothing at the moment, unless that is for good.
    """
    try:
        cards = workers(place.quick)
    except redis.RedisError:
        return []
    there = _serving(cards, checkpoints, {place.name, *without})
    return [card for card in there if card.ails is None or (later and _is_of_our_farm(place, card))]


def _is_of_our_farm(place: Workplace, card: WorkerCard) -> bool:
    return card.key == signer_of(place.quick).fingerprint and card.blobs in (None, place.blobs_identity)


def _pixels_of(said: Mapping[str, Any]) -> int:
    """Give the pixels that a job renders at once; 0 if that is not known."""
    try:
        task = Job.model_validate(said).task
    except (TooNew, ValidationError):
        return 0
    size = task.rendered_size if isinstance(task, Imagine | Upscale) else None
    return size[0] * size[1] if size else 0


def _serving(
    cards: Iterable[WorkerCard], checkpoints: Collection[str], without: Collection[str]
) -> list[WorkerCard]:
    return [card for card in cards if card.name not in without and set(checkpoints) & set(card.checkpoints)]
