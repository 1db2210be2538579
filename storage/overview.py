"""What a farm is doing at a moment: its workers, its queues, and what waits to be posted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import redis
from rq.utils import as_text

from storage.fair import FairQueue
from storage.farm import WorkerCard, workers
from storage.queue import queue_of, training_queue_of
from storage.result_stream import undelivered
from storage.running import running_key
from storage.served import served
from storage.share import Urgency

_MOST_MEMBERS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """What is asked of one checkpoint, trainings included.

    `urgencies` counts the jobs that wait by how urgent they are. `oldest_seconds` is how long the job has
    waited that is next, 0 when none waits, and `picture_steps_per_second` what all workers that serve the
    checkpoint do together, where it was measured.
    """

    checkpoint: str
    waiting: int
    running: int
    oldest_seconds: float
    workers: int
    picture_steps_per_second: float
    urgencies: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overview:
    """A farm at a moment; `undelivered` counts the results that its bots have not posted yet.

    `members` are those of whom most jobs wait, by the names under which their work is counted, with how many.
    """

    workers: tuple[WorkerCard, ...]
    lines: tuple[Line, ...]
    undelivered: int
    members: tuple[tuple[str, int], ...] = ()


def overview(connection: redis.Redis) -> Overview:
    """Take a look, in some exchanges for each checkpoint. Raises `redis.RedisError`."""
    cards = tuple(workers(connection))
    names = sorted({*served(connection), *(name for card in cards for name in card.checkpoints)})
    members = Counter[str]()
    lines = tuple(_line(connection, name, cards, members) for name in names)
    return Overview(cards, lines, undelivered(connection), tuple(members.most_common(_MOST_MEMBERS)))


def _line(connection: redis.Redis, name: str, cards: Sequence[WorkerCard], members: Counter[str]) -> Line:
    """Look at what is asked of a checkpoint, and add the jobs of each member that wait for it."""
    queue, trainings = queue_of(name, connection), training_queue_of(name, connection)
    with connection.pipeline(transaction=True) as look:
        for lane in (queue, trainings):
            look.llen(lane.key)
            look.zcard(running_key(lane))
            look.lindex(lane.key, 0)
        waiting, running, first, learning, in_training, first_training = look.execute()
    fair = FairQueue(connection)
    urgencies, asking = fair.busiest([queue, trainings])
    members.update(asking)
    # A job that nobody took note of yet is, as a rule, one that somebody waits for.
    urgencies[Urgency.INTERACTIVE] += max(0, waiting + learning - urgencies.total())
    next_one, lane = (first, queue) if first else (first_training, trainings)
    serving = [card for card in cards if name in card.checkpoints]
    return Line(
        checkpoint=name,
        waiting=waiting + learning,
        running=running + in_training,
        oldest_seconds=fair.waits(lane, as_text(next_one)) if next_one else 0.0,
        workers=len(serving),
        picture_steps_per_second=sum(card.picture_steps_per_second.get(name, 0.0) for card in serving),
        urgencies={urgency.name.lower(): urgencies[urgency] for urgency in Urgency},
    )
