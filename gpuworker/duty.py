"""What a worker leaves to the others: what failed here, what it cannot read, what it hangs over."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable

import redis

from gpuworker.workplace import Workplace
from storage.attempts import Attempts, Refusal, attempts_at, excuse, excused, refuse
from storage.farm import WorkerCard, workers
from storage.jobs import Job
from storage.queue import queue_of
from storage.take_back import hedge

log = logging.getLogger(__name__)


class Duty:
    """Decides for one worker; alone on the farm, it does everything."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def is_free(self) -> bool:
        """Say whether a job may be taken: not while the worker steps back, and others are there."""
        if self._place.odd_key or not self._place.bench.blobs.answers():
            return False
        if self._place.health.ails is None:
            return True
        return not _others(self._place, self._place.served) or self._place.health.is_free()

    def leaves(self, checkpoint: str, attempts: Attempts) -> bool:
        """Say whether the job was refused here, and a worker that did not refuse it is there."""
        if self._place.name not in attempts.refused:
            return False
        return bool(_others(self._place, [checkpoint], attempts.refused))


def pass_on(place: Workplace, job_id: str, checkpoint: str, why: Refusal) -> bool:
    """Leave a job to another worker; False if there is none, or the job failed on another one before."""
    refused = attempts_at(place.patient, job_id).refused
    blamed = {name for name, reason in refused.items() if reason is Refusal.FAILED} - {place.name}
    if why is Refusal.FAILED:
        if blamed:
            excuse(place.patient, blamed, job_id)
            return False
        place.health.failed(job_id)
    if not _others(place, [checkpoint], refused):
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
            for card in _able(cards, [job.checkpoint], {place.name})
        ]
        best = max(speeds, default=0.0)
        return job.task.picture_steps / best if best else None

    for job in place.watch.hanging(seconds_elsewhere, place.bench.checkpoints.loading):
        others = _others(place, [job.checkpoint])
        if others and hedge(queue_of(job.checkpoint, place.quick), job.id, place.name):
            log.warning("job %s: makes no progress here, and is given to another worker too", job.id)


def _others(place: Workplace, checkpoints: Collection[str], without: Iterable[str] = ()) -> list[WorkerCard]:
    """List the other workers that could take a job; none while Redis does not say."""
    try:
        return _able(workers(place.quick), checkpoints, {place.name, *without})
    except redis.RedisError:
        return []


def _able(
    cards: Iterable[WorkerCard], checkpoints: Collection[str], without: Collection[str]
) -> list[WorkerCard]:
    return [
        card
        for card in cards
        if card.name not in without and card.ails is None and set(checkpoints) & set(card.checkpoints)
    ]
