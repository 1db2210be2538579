"""Which job is next, fair between members: fair.lua over RQ's queues, and the line as it stands."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import redis
import rq
from rq.utils import as_text

from storage.share import Share, Urgency
from storage.shelf import OVERDUE

AGE_SECONDS = 20 * 60
"""A job that has waited for so long becomes as urgent as those of the class above."""
_APART = 1000.0
"""Megapixel-steps by which queues may differ that one worker serves: what one may wait for the other."""
_REMEMBERED = 8192
"""Jobs as Redis describes them, some hundreds of bytes each."""
_LUA = Path(__file__).with_name("fair.lua").read_text(encoding="utf-8")


def told_to_queue(share: Share, work: float, passes: int) -> dict[str, Any]:
    """Give what is read here of a job of `work` megapixel-steps in `passes`, for the `meta` of RQ's job."""
    return {**share.model_dump(mode="json"), "work": work, "passes": passes}


@dataclass(frozen=True, slots=True)
class Locality:
    """What a worker, by name, has at hand of the queues, by theirs, and what it costs to have another one.

    `at_hand` are those whose checkpoint is loaded, or will be for a job that a seat has. To have one of those
    that `displace`, another would have to go, which it `may` once it had its turn, or when the worker is
    `idle`. All others are free. Loading takes so many seconds.
    """

    worker: str = ""
    at_hand: Collection[str] = ()
    displace: Collection[str] = ()
    may: bool = True
    idle: bool = False
    loading: float = 0.0

    def told_of(self, queues: Iterable[str]) -> list[str | float]:
        """Give what the script is told."""
        overdue = OVERDUE * self.loading if self.may else ""
        return [self.worker, self.loading, overdue, *map(self._stand, queues)]

    def _stand(self, queue: str) -> str:
        if queue in self.at_hand:
            return "at hand"
        if queue not in self.displace:
            return "free"
        return "idle" if self.idle else "displaces"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that waits: its `work` in megapixel-steps, in so many `passes` one after the other.

    `charge` is the work over its member's weight, and `came` the moment at which it came, by Redis's clock,
    or None for one that an earlier version lined up.
    """

    job_id: str
    member: str
    work: float
    charge: float
    urgency: Urgency
    passes: float = 20.0
    came: float | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that was taken `seconds` ago."""

    job_id: str
    work: float
    seconds: float
    passes: float = 20.0
    member: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A job that was asked for `seconds` ago."""

    job: Waiting
    seconds: float


@dataclass(frozen=True, slots=True)
class Line:
    """A queue at one moment, `at` by Redis's clock: who waits, in RQ's order, and what runs.

    `had` is the work that its members had by now, and `level` what anybody else begins with. `arrived` are
    the jobs that came lately, the oldest first, whatever became of them.
    """

    waiting: Sequence[Waiting] = ()
    taken: Sequence[Taken] = ()
    had: Mapping[str, float] = field(default_factory=dict)
    level: float = 0.0
    arrived: tuple[Arrived, ...] = ()
    at: float = 0.0

    @property
    def demand(self) -> float:
        """Give the jobs a second that came lately after a first one, as fair.lua counts them."""
        return (len(self.arrived) - 1) / max(1.0, self.arrived[0].seconds) if self.arrived else 0.0


class FairQueue:
    """The order in which seats take jobs from the queues of several checkpoints."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._lua = connection.register_script(_LUA)

    def take(
        self, lanes: Sequence[rq.Queue], locality: Locality, *, express: bool = False
    ) -> tuple[rq.Queue, bytes] | None:
        """Move the next job of `lanes` to its intermediate queue; give its queue and id, or None.

        An express seat takes the next one that somebody waits for of whom nothing runs.
        """
        found: Any = self._lua(
            keys=_keys(lanes),
            args=[
                "take-express" if express else "take",
                AGE_SECONDS,
                _APART,
                *locality.told_of(lane.name for lane in lanes),
            ],
            client=self._redis,
        )
        return None if found is None else (lanes[int(found[0]) - 1], found[1])

    def waited(self, job_id: str) -> float | None:
        """Give the seconds from a job's coming to its being taken last; None if that is not known."""
        said: Any = self._redis.get(f"darkroom:fair:taken:{job_id}")
        job = json.loads(said) if said else {}
        return max(0.0, float(job["at"]) - float(job["came"])) if job.keys() >= {"at", "came"} else None

    def waits(self, lane: rq.Queue, job_id: str) -> float:
        """Give the seconds that a job has waited in a queue; 0 while nobody took note of it."""
        with self._redis.pipeline(transaction=True) as look:
            look.hget(_key(lane, "jobs"), job_id)
            look.time()
            said, (seconds, micros) = look.execute()
        came = json.loads(said).get("came") if said else None
        return 0.0 if came is None else max(0.0, seconds + micros / 1e6 - float(came))

    def busiest(self, lanes: Sequence[rq.Queue]) -> tuple[Counter[Urgency], Counter[str]]:
        """Count the jobs that wait in these queues, by how urgent they are and by member; change nothing.

        Those that no seat and no bot has taken note of yet are not counted.
        """
        with self._redis.pipeline(transaction=True) as look:
            for lane in lanes:
                look.hvals(_key(lane, "jobs"))
            waiting = [_of(b"", said) for jobs in look.execute() for said in jobs]
        return Counter(job.urgency for job in waiting), Counter(job.member for job in waiting)

    def await_news(self, lane: rq.Queue, seconds: float) -> None:
        """Sleep until there is a job in the queue, for so many seconds at most."""
        # From one end to the same one nothing moves: a look that waits, which Redis has not otherwise.
        timeout: Any = seconds  # fractions are fine since Redis 6, which the client's annotation missed
        self._redis.blmove(lane.key, lane.key, timeout, "LEFT", "LEFT")

    def lines(self, lanes: Sequence[rq.Queue]) -> list[Line]:
        """Look at queues, all at the same moment; the exchanges with Redis are two, however long they are."""
        if not lanes:
            return []
        with self._redis.pipeline(transaction=True) as look:
            self._lua(keys=_keys(lanes), args=["adopt", AGE_SECONDS], client=look)
            look.time()
            for lane in lanes:
                look.lrange(lane.key, 0, -1)
                look.hgetall(_key(lane, "jobs"))
                look.zrange(_key(lane, "had"), 0, -1, withscores=True)
                for urgency in Urgency:
                    look.zrange(_key(lane, "members", urgency), 0, -1, withscores=True)
                look.get(_key(lane, "level"))
                look.lrange(_key(lane, "arrived"), 0, -1)
                look.zrange(lane.started_job_registry.key, 0, -1)
            _, moment, *found = look.execute()
        each = len(found) // len(lanes)
        parts = [found[place * each : (place + 1) * each] for place in range(len(lanes))]
        running = [[entry.partition(b":")[0] for entry in part[-1]] for part in parts]
        keys = [b"darkroom:fair:taken:" + job_id for ids in running for job_id in ids]
        said: Any = self._redis.mget(keys) if keys else []
        told = iter(said)
        now = moment[0] + moment[1] / 1e6
        return [
            Line(
                waiting=_waiting(part[0], part[1]),
                taken=[_taken(job_id, next(told), now) for job_id in ids],
                had={member.decode(errors="replace"): had for scores in part[2:-3] for member, had in scores},
                level=float(part[-3] or 0),
                arrived=_arrived(part[-2], now),
                at=now,
            )
            for part, ids in zip(parts, running, strict=True)
        ]


def _waiting(ids: Sequence[bytes], jobs: Mapping[bytes, bytes]) -> list[Waiting]:
    found = []
    for job_id in ids:
        if (said := jobs.get(job_id)) is None:
            continue
        found.append(_of(job_id, said))
    return found


# The same ones wait, and came, at each of many looks.
@lru_cache(_REMEMBERED)
def _of(job_id: bytes, said: bytes) -> Waiting:
    return _described(job_id.decode(errors="replace"), json.loads(said))


@lru_cache(_REMEMBERED)
def _came(said: bytes) -> tuple[Waiting, float]:
    job = json.loads(said)
    return _described("", job), float(job["at"])


def _described(job_id: str, job: dict[str, Any]) -> Waiting:
    member, urgency = str(job["member"]), Urgency(int(job["urgency"]))
    return Waiting(
        job_id,
        member,
        float(job["work"]),
        float(job["charge"]),
        urgency,
        float(job.get("passes", 20)),
        float(job["came"]) if "came" in job else None,
    )


def _arrived(said: Sequence[bytes], now: float) -> tuple[Arrived, ...]:
    return tuple(Arrived(job, max(0.0, now - at)) for job, at in map(_came, reversed(said)))


def _taken(job_id: bytes, said: bytes | None, now: float) -> Taken:
    job = json.loads(said) if said else {}
    at = float(job.get("at", now))
    name, passes = job_id.decode(errors="replace"), float(job.get("passes", 20))
    seconds, member = max(0.0, now - at), str(job.get("member", ""))
    return Taken(name, float(job.get("work", 1.0)), seconds, passes, member)


def _key(lane: rq.Queue, *parts: object) -> str:
    return ":".join(["darkroom:fair", as_text(lane.key), *map(str, parts)])


def _keys(lanes: Sequence[rq.Queue]) -> list[str]:
    return [key for lane in lanes for key in (as_text(lane.key), as_text(lane.intermediate_queue_key))]
