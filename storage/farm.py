"""Which workers are alive, what they can serve, and how long a job will take with them."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2

import redis
from pydantic import Field
from rq.utils import as_text

from storage.fair import Line, Waiting
from storage.forecast import forecast
from storage.jobs import Job
from storage.queue import JobQueue
from storage.shelf import Shelf
from storage.signing import signer_of
from storage.values import Travelling, read_or_none

CARD_SECONDS = 8
"""Seconds for which a card is valid; its worker renews it every 2 s."""
_WORKERS = "darkroom:workers"
_KEY = "darkroom:key"
_STORE = "darkroom:store"
_TOLD_SECONDS = 24 * 60 * 60
"""What the bot was holds while it is away: a worker that is not of its farm is not so without it either."""


class Largest(Travelling):
    """The most pixels that a picture may have with a checkpoint."""

    checkpoint: str
    pixels: int


class MeasuredSpeed(Travelling):
    """How many denoising steps of a million pixels a worker does in a second with a checkpoint.

    That is from taking jobs to their results, all that comes beside the steps included, when passes are of
    so many `megapixels`, about; 0 where that is not known.
    """

    checkpoint: str
    megapixel_steps: float
    megapixels: float = 0.0


class WorkerCard(Travelling):
    """What a worker says of itself.

    `picture_steps_per_second` holds, for each checkpoint that was measured, how many denoising steps (summed
    over the pictures of a batch) the worker does in a second when it is busy, `speeds` the same in steps of a
    million pixels, and `largest` is how large a picture may be with it. `blobs` is the identity of the store
    in which it keeps pictures, or None while that is not known. `ails` says why it takes no jobs at the
    moment, as the end of a sentence, and `key` is the fingerprint of what it signs with. `batch` counts the
    pictures that are being rendered. `loaded` are the checkpoints that it has in memory, None of a
    worker of an earlier version, `displacing` those of which each would make one of them go, and `loading`
    the seconds that it takes to load one.
    """

    name: str
    checkpoints: tuple[str, ...]
    device: str
    seats: int
    batch: int = 0
    picture_steps_per_second: dict[str, float] = Field(default_factory=dict)
    speeds: tuple[MeasuredSpeed, ...] = ()
    largest: tuple[Largest, ...] = ()
    blobs: str | None = None
    ails: str | None = None
    key: str | None = None
    loaded: tuple[str, ...] | None = None
    displacing: tuple[str, ...] = ()
    loading: float = 0.0

    def most_pixels(self, checkpoint: str) -> int | None:
        """Give the most pixels that a picture may have with a checkpoint, if that is known."""
        return next((each.pixels for each in self.largest if each.checkpoint == checkpoint), None)

    def has_room_for(self, checkpoint: str, pixels: int) -> bool:
        """Say whether such a picture fits its memory; yes while that is not known."""
        most = self.most_pixels(checkpoint)
        return most is None or pixels <= most


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
    """Tell the workers what the bot signs with: the fingerprint of the key."""
    redis.set(_KEY, signer_of(redis).fingerprint or "", ex=_TOLD_SECONDS)


def tell_store(redis: redis.Redis, identity: str) -> None:
    """Tell the workers which store the bot finds pictures in."""
    redis.set(_STORE, identity, ex=_TOLD_SECONDS)


def store_of_bot(redis: redis.Redis) -> str | None:
    """Give the identity of the store that the bot told of; None while none does."""
    told = redis.get(_STORE)
    return None if told is None else as_text(told)


def has_key_of_bot(redis: redis.Redis) -> bool:
    """Say whether we sign with what the bot signs with; yes while no bot tells."""
    told = redis.get(_KEY)
    return told is None or as_text(told) == (signer_of(redis).fingerprint or "")


def workers(redis: redis.Redis) -> list[WorkerCard]:
    """List the workers that are alive, by name; a card that cannot be read stands for none."""
    names = sorted(as_text(name) for name in redis.smembers(_WORKERS))
    if not names:
        return []
    cards = redis.mget([_card_key(name) for name in names])
    dead = [name for name, card in zip(names, cards, strict=True) if card is None]
    if dead:
        redis.srem(_WORKERS, *dead)
    read = [read_or_none(WorkerCard, card) for card in cards if card is not None]
    return [card for card in read if card is not None]


def most_pixels_of(redis: redis.Redis, checkpoints: Sequence[str]) -> list[int | None]:
    """Give the most pixels that a picture may have on some worker, with each of these checkpoints.

    None if not all workers that have the checkpoint have told.
    """
    cards = workers(redis)

    def most(checkpoint: str) -> int | None:
        told = [card.most_pixels(checkpoint) for card in cards if checkpoint in card.checkpoints]
        known = [pixels for pixels in told if pixels is not None]
        return max(known) if told and len(known) == len(told) else None

    return [most(checkpoint) for checkpoint in checkpoints]


def expected_waits(redis: redis.Redis, queue: JobQueue, jobs: Sequence[Job]) -> list[Wait]:
    """Estimate the waits for jobs; those that are not in `queue` yet come one after the other."""
    lines, serving = _look(redis, queue, {job.checkpoint for job in jobs})
    there = {each.job_id for line in lines.values() for each in line.waiting}
    there |= {each.job_id for line in lines.values() for each in line.taken}
    for job in jobs:
        if job.id not in there:
            there.add(job.id)
            lines[job.checkpoint] = _with(lines[job.checkpoint], job)
    waits = _waits(lines, serving, until={job.id for job in jobs})
    return [waits[job.id] for job in jobs]


class Outlook:
    """The waits of jobs, from the work that comes before them in the fair order and measured speeds.

    The farm is looked at, and played ahead, when jobs of a checkpoint are first asked for, and not again: one
    look serves thousands of them.
    """

    def __init__(self, redis: redis.Redis, queue: JobQueue) -> None:
        self._redis, self._queue = redis, queue
        self._waits: dict[str, Wait] = {}
        self._serving: dict[str, int] = {}

    def waits(self, jobs: Sequence[Job]) -> list[Wait]:
        """Estimate the waits of jobs."""
        if unknown := {job.checkpoint for job in jobs} - self._serving.keys():
            lines, serving = _look(self._redis, self._queue, unknown)
            self._waits |= _waits(lines, serving)
            self._serving |= {name: _count(name, serving) for name in lines}
        return [self._waits.get(job.id) or Wait(None, None, self._serving[job.checkpoint]) for job in jobs]


def _look(
    redis: redis.Redis, queue: JobQueue, checkpoints: Collection[str]
) -> tuple[dict[str, Line], list[_Serving]]:
    """Look at the queues of these checkpoints, and of the others that their workers serve."""
    cards = [
        card for card in workers(redis) if card.ails is None and set(checkpoints) & set(card.checkpoints)
    ]
    lines = queue.lines({name for card in cards for name in card.checkpoints}.union(checkpoints))
    return lines, [_Serving(card) for card in cards]


def _with(line: Line, job: Job) -> Line:
    """Give the line with one more job."""
    share, work = job.share, job.task.megapixel_steps
    had = line.had
    if all(each.member != share.member for each in line.waiting):
        had = {**had, share.member: max(line.level, had.get(share.member, 0.0))}
    arrives = Waiting(job.id, share.member, work, work / share.weight, share.urgency, job.task.passes)
    return replace(line, waiting=[*line.waiting, arrives], had=had)


def _count(checkpoint: str, serving: Sequence[_Serving]) -> int:
    return sum(checkpoint in each.queues for each in serving)


def _waits(
    lines: Mapping[str, Line], serving: Sequence[_Serving], until: Collection[str] = ()
) -> dict[str, Wait]:
    """Give the waits of all jobs, or of those that matter."""
    expected, waits = forecast(lines, serving, until), {}
    for name, line in lines.items():
        count, measured = _count(name, serving), any(each.is_measured(name) for each in serving)
        ids = [*(job.job_id for job in line.taken), *(job.job_id for job in line.waiting)]
        for place, job_id in enumerate(ids, start=1 - len(line.taken)):
            if until and job_id not in until:
                continue
            found = expected.get(job_id)
            position = found.place if found else place if place > 0 else None
            waits[job_id] = Wait(position, found.seconds if found and measured else None, count)
    return waits


class _Serving:
    """A worker as its card tells."""

    def __init__(self, card: WorkerCard) -> None:
        self.seats = max(1, card.seats)
        self.queues = card.checkpoints
        by_size = {
            (each.checkpoint, each.megapixels or 1.0): each.megapixel_steps
            for each in card.speeds
            if each.megapixel_steps > 0
        }
        self._speeds = {
            name: [(size, speed) for (of, size), speed in sorted(by_size.items()) if of == name]
            for name in card.checkpoints
        }
        all_known = [speed for speeds in self._speeds.values() for _, speed in speeds]
        self._usual = sum(all_known) / len(all_known) if all_known else 1.0
        self._card = card

    def shelf(self) -> Shelf | None:
        """Say what it has at hand; None if that is all, or not known."""
        card = self._card
        if card.loaded is None or set(card.checkpoints) <= set(card.loaded):
            return None
        return Shelf(list(card.loaded), set(card.displacing), card.loading)

    def is_measured(self, queue: str) -> bool:
        """Say whether something is known of the speed."""
        return bool(self._speeds.get(queue))

    def speed(self, queue: str, megapixels: float) -> float:
        """Give the speed with such passes: between the next smaller and larger ones that were measured.

        Of another checkpoint if none was.
        """
        known = self._speeds[queue]
        if not known:
            return self._usual
        place = bisect(known, (megapixels, 0.0))
        if place in (0, len(known)):
            return known[min(place, len(known) - 1)][1]
        (smaller, slow), (larger, fast) = known[place - 1 : place + 1]
        return slow * float((fast / slow) ** (log2(megapixels / smaller) / log2(larger / smaller)))


def _card_key(name: str) -> str:
    return f"darkroom:worker:{name}"
