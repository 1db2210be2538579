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
from storage.signing import signer_of
from storage.values import Travelling

CARD_SECONDS = 8
"""Seconds for which a card is valid; its worker renews it every 2 s."""
_WORKERS = "darkroom:workers"
_KEY = "darkroom:key"


class Largest(Travelling):
    """The most pixels that a picture may have with a checkpoint."""

    checkpoint: str
    pixels: int


class MeasuredSpeed(Travelling):
    """How many denoising steps of a million pixels a busy worker does in a second with a checkpoint."""

    checkpoint: str
    megapixel_steps: float


class WorkerCard(Travelling):
    """What a worker says of itself.

    `picture_steps_per_second` holds, for each checkpoint that was measured, how many denoising steps (summed
    over the pictures of a batch) the worker does in a second when it is busy, `speeds` the same in steps of a
    million pixels, and `largest` is how large a picture may be with it. `blobs` is the identity of the store
    in which it keeps pictures, or None while that is not known. `ails` says why it takes no jobs at the
    moment, as the end of a sentence, and `key` is the fingerprint of what it signs with.
    """

    name: str
    checkpoints: tuple[str, ...]
    device: str
    seats: int
    picture_steps_per_second: dict[str, float] = Field(default_factory=dict)
    speeds: tuple[MeasuredSpeed, ...] = ()
    largest: tuple[Largest, ...] = ()
    blobs: str | None = None
    ails: str | None = None
    key: str | None = None

    def most_pixels(self, checkpoint: str) -> int | None:
        """Give the most pixels that a picture may have with a checkpoint, if that is known."""
        return next((each.pixels for each in self.largest if each.checkpoint == checkpoint), None)


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
    """Take the card away, as a worker does when it shuts down cleanly."""
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.delete(_card_key(name))
        pipeline.srem(_WORKERS, name)
        pipeline.execute()


def tell_key(redis: redis.Redis) -> None:
    """Tell the workers, for the next minute, what the bot signs with: the fingerprint of the key."""
    redis.set(_KEY, signer_of(redis).fingerprint or "", ex=60)


def has_key_of_bot(redis: redis.Redis) -> bool:
    """Say whether we sign with what the bot signs with; yes while no bot tells."""
    told = redis.get(_KEY)
    return told is None or as_text(told) == (signer_of(redis).fingerprint or "")


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


def most_pixels_of(redis: redis.Redis, checkpoint: str) -> int | None:
    """Give the most pixels that a picture may have on some worker; None if not all of them have told."""
    told = [card.most_pixels(checkpoint) for card in workers(redis) if checkpoint in card.checkpoints]
    known = [pixels for pixels in told if pixels is not None]
    return max(known) if told and len(known) == len(told) else None


def expected_wait(redis: redis.Redis, queue: JobQueue, job: Job) -> Wait:
    """Estimate the wait for one job, which need not be in `queue` yet: it would come last then."""
    return expected_waits(redis, queue, [job])[0]


def expected_waits(redis: redis.Redis, queue: JobQueue, jobs: Sequence[Job]) -> list[Wait]:
    """Estimate the waits from measured speed and the work in the queues.

    A job waits for the work in front of it in the queue of its own checkpoint, and for the turns that the
    other checkpoints of the same workers take meanwhile. Running jobs count half: on average they are half
    done. The number of exchanges with Redis depends on the number of checkpoints, not of jobs.
    """
    cards = workers(redis)
    wanted = {job.checkpoint for job in jobs}
    beside = {name for card in cards if wanted & set(card.checkpoints) for name in card.checkpoints}
    lines = {name: _line(queue, name, cards) for name in wanted | beside}
    shared = {name: _shared(name, lines, cards) for name in wanted}
    return [lines[job.checkpoint].wait_of(job, shared[job.checkpoint]) for job in jobs]


@dataclass(frozen=True, slots=True)
class _Line:
    """The queue of one checkpoint at one moment.

    `places` are the waiting jobs' places, the first one 0. `ahead` is the work in front of each place, in
    picture-steps; its last entry is for a job that would come last.
    """

    workers: int
    speed: float
    running: Mapping[str, int]
    places: Mapping[str, int]
    ahead: Sequence[float]

    def wait_of(self, job: Job, shared: Sequence[float]) -> Wait:
        """Estimate the wait of a job; `shared` are the seconds that other checkpoints' work would take."""
        if job.id in self.running:
            position, work = None, self.running[job.id] / 2
        else:
            place = self.places.get(job.id, len(self.places))
            position, work = place + 1, self.ahead[place] + picture_steps(job)
        if not self.speed:
            return Wait(position, None, self.workers)
        own = work / self.speed
        # Checkpoints take turns step by step: another one takes as long as this one, or until it is done.
        return Wait(position, own + sum(min(own, other) for other in shared), self.workers)


def _line(queue: JobQueue, checkpoint: str, cards: Sequence[WorkerCard]) -> _Line:
    serving = [card for card in cards if checkpoint in card.checkpoints and card.ails is None]
    waiting, running = queue.line(checkpoint)
    return _Line(
        workers=len(serving),
        speed=sum(card.picture_steps_per_second.get(checkpoint, 0.0) for card in serving),
        running=running,
        places={job_id: place for place, job_id in enumerate(waiting)},
        ahead=list(accumulate(waiting.values(), initial=sum(running.values()) / 2)),
    )


def _shared(name: str, lines: Mapping[str, _Line], cards: Sequence[WorkerCard]) -> list[float]:
    """List the seconds that each other checkpoint's work would take from the workers of `name`."""
    serving = [card for card in cards if name in card.checkpoints and card.ails is None]
    seconds = []
    for other, line in lines.items():
        both = sum(other in card.checkpoints for card in serving)
        # A checkpoint that was not measured yet is taken to be as fast.
        if other != name and both and (speed := line.speed or lines[name].speed):
            seconds.append(line.ahead[-1] / speed * both / len(serving))
    return seconds


def _card_key(name: str) -> str:
    return f"darkroom:worker:{name}"
