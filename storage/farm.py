"""Which workers are alive, what they can serve, and how long a job will take with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import redis
from pydantic import Field
from rq.utils import as_text

from storage.jobs import Job
from storage.queue import JobQueue, picture_steps
from storage.values import Travelling

CARD_SECONDS = 8
"""Seconds for which a card is valid; its worker renews it every 2 s."""
_WORKERS = "darkroom:workers"


class WorkerCard(Travelling):
    """What a worker says of itself.

    `picture_steps_per_second` holds, for each checkpoint that was measured, how many denoising steps (summed
    over the pictures of a batch) the worker does in a second when it is busy.
    """

    name: str
    checkpoints: tuple[str, ...]
    device: str
    seats: int
    picture_steps_per_second: dict[str, float] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """What a member may expect.

    `position` is the place in the queue, 1 being next, or None once the job has been taken. `seconds` is
    the time until the pictures are there, or None while it cannot be estimated. `workers` counts those that
    can serve the job at all: with 0, nothing can be promised.
    """

    position: int | None
    seconds: float | None
    workers: int


def announce(redis: redis.Redis, card: WorkerCard) -> None:
    """Show the card for the next CARD_SECONDS."""
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.set(_card_key(card.name), card.model_dump_json(), ex=CARD_SECONDS)
        pipeline.sadd(_WORKERS, card.name)
        pipeline.execute()


def withdraw(redis: redis.Redis, name: str) -> None:
    """Take the card away, as a worker does when it leaves in good order."""
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.delete(_card_key(name))
        pipeline.srem(_WORKERS, name)
        pipeline.execute()


def workers(redis: redis.Redis) -> list[WorkerCard]:
    """List the workers that are alive, by name."""
    names = sorted(as_text(name) for name in redis.smembers(_WORKERS))
    if not names:
        return []
    cards = redis.mget([_card_key(name) for name in names])
    dead = [name for name, card in zip(names, cards, strict=True) if card is None]
    if dead:
        redis.srem(_WORKERS, *dead)
    return [WorkerCard.model_validate_json(card) for card in cards if card is not None]


def expected_wait(redis: redis.Redis, queue: JobQueue, job: Job) -> Wait:
    """Estimate the wait for one job, which need not be in `queue` yet: it would come last then."""
    return expected_waits(redis, queue, [job])[0]


def expected_waits(redis: redis.Redis, queue: JobQueue, jobs: Sequence[Job]) -> list[Wait]:
    """Estimate the waits from measured speed and the work ahead in the queue of each job's checkpoint.

    Running jobs count half: on average they are half done. The number of exchanges with Redis depends on the
    number of checkpoints, not of jobs.
    """
    cards = workers(redis)
    lines = {checkpoint: _line(queue, checkpoint, cards) for checkpoint in {job.checkpoint for job in jobs}}
    return [lines[job.checkpoint].wait_of(job) for job in jobs]


@dataclass(frozen=True, slots=True)
class _Line:
    """The queue of one checkpoint at one moment.

    `places` are the waiting jobs' places, the first one 0; `ahead` is the work in front of each place, in
    picture-steps, and, in the end, of one that would come last.
    """

    workers: int
    speed: float
    running: Mapping[str, int]
    places: Mapping[str, int]
    ahead: Sequence[float]

    def wait_of(self, job: Job) -> Wait:
        if job.id in self.running:
            seconds = self.running[job.id] / 2 / self.speed if self.speed else None
            return Wait(None, seconds, self.workers)
        place = self.places.get(job.id, len(self.places))
        work = self.ahead[place] + picture_steps(job)
        return Wait(place + 1, work / self.speed if self.speed else None, self.workers)


def _line(queue: JobQueue, checkpoint: str, cards: Sequence[WorkerCard]) -> _Line:
    serving = [card for card in cards if checkpoint in card.checkpoints]
    waiting, running = queue.line(checkpoint)
    return _Line(
        workers=len(serving),
        speed=sum(card.picture_steps_per_second.get(checkpoint, 0.0) for card in serving),
        running=running,
        places={job_id: place for place, job_id in enumerate(waiting)},
        ahead=list(accumulate(waiting.values(), initial=sum(running.values()) / 2)),
    )


def _card_key(name: str) -> str:
    return f"darkroom:worker:{name}"
