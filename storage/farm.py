"""Which workers are alive, what they can serve, and how long a job will take with them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import redis
import rq
from pydantic import Field
from rq.utils import as_text

from storage.jobs import Frozen, Job
from storage.queue import JobQueue, picture_steps, queue_of, running_ids, running_key

CARD_SECONDS = 8
"""How long a card is believed; its worker shows it again every 2 s."""
_WORKERS = "darkroom:workers"


class WorkerCard(Frozen):
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
    the time until the pictures are there, or None as long as nobody can know it. `workers` counts those
    that can serve the job at all: with 0 there is nothing to promise.
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
    """Estimate the wait from measured speed and the work ahead in the queue of the job's checkpoint.

    Running jobs count half: on average they are half done. It takes five exchanges with Redis, however
    long the queue is.
    """
    serving = [card for card in workers(redis) if job.checkpoint in card.checkpoints]
    lane = queue_of(job.checkpoint, redis)
    with redis.pipeline(transaction=True) as look:
        look.lrange(lane.key, 0, -1)
        look.zrange(running_key(lane), 0, -1)
        waiting_ids, running_entries = look.execute()
    waiting = [as_text(entry) for entry in waiting_ids]
    running = running_ids(running_entries)
    position = waiting.index(job.id) + 1 if job.id in waiting else None
    if job.id in running:
        ahead, running = [], {job.id}
    else:
        ahead = waiting[: position - 1] if position else waiting
    speed = sum(card.picture_steps_per_second.get(job.checkpoint, 0.0) for card in serving)
    if not speed:
        return Wait(position, None, len(serving))
    own = 0 if job.id in running else picture_steps(job)
    work = sum(_work_of(redis, ahead)) + sum(_work_of(redis, list(running))) / 2 + own
    return Wait(position, work / speed, len(serving))


def _work_of(redis: redis.Redis, job_ids: list[str]) -> list[int]:
    with redis.pipeline(transaction=False) as look:
        for job_id in job_ids:
            look.hget(rq.job.Job.key_for(job_id), "meta")
        metas = look.execute()
    return [int(json.loads(meta).get("picture_steps", 0)) for meta in metas if meta]


def _card_key(name: str) -> str:
    return f"darkroom:worker:{name}"
