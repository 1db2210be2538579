"""When waiting jobs will be done: the farm played ahead, by the fair order, its seats and its speeds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import inf
from typing import Protocol

from storage.arrivals import expected, is_expected
from storage.fair import Line, Taken, Waiting
from storage.fair_order import FairOrder
from storage.shelf import IDLE, Shelf

_LEAST_LEFT = 0.05
"""Of a running job: what is left at least of one that takes longer than expected."""
_AN_INSTANT = 1e-6
"""Seconds by which sums of seconds may be apart that should be the same."""


class Worker(Protocol):
    """A worker as it is known: how many jobs it does at once, of which queues, and how fast."""

    @property
    def seats(self) -> int:
        """Count the jobs that it does at once, without the one on its express seat."""

    @property
    def queues(self) -> Sequence[str]:
        """Name the queues that it serves."""

    def speed(self, queue: str, megapixels: float) -> float:
        """Give the megapixel-steps a second in passes of so many megapixels; above 0."""

    def shelf(self) -> Shelf | None:
        """Say which checkpoints it has at hand, in a copy to play with; None if none need be loaded."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`place` is a job's place among those of its queue, 1 being next, or None once it runs.

    `seconds` is when it will be done.
    """

    place: int | None
    seconds: float


def forecast(
    lines: Mapping[str, Line], workers: Iterable[Worker], until: Collection[str] = ()
) -> dict[str, Expected]:
    """Play the farm ahead until all jobs are done, or those that are asked for.

    Jobs of a worker share each of its passes: each advances by one step, and a pass takes as long as all
    their pictures need together. Meanwhile others come, as they did lately. What a worker has not at hand
    it leaves alone for a while, as fair.lua has it, and loads then.
    """
    farm = _Farm(lines, [_Played(worker, worker.shelf()) for worker in workers])
    left, comings = set(until) or _ids(lines.values()), expected(lines)
    farm.fill_all()
    arrival = next(comings, None)
    while left:
        otherwise = min(farm.next_end, farm.next_look)
        if arrival and arrival[0] < otherwise:
            farm.admit(*arrival)
            arrival = next(comings, None)
        elif otherwise == inf:
            break
        elif farm.next_look < farm.next_end:
            farm.look()
        else:
            left.discard(farm.end_first())
    return farm.found


def _ids(lines: Collection[Line]) -> set[str]:
    waiting = {job.job_id for line in lines for job in line.waiting}
    return waiting | {job.job_id for line in lines for job in line.taken}


class _Farm:
    """All workers together, who waits for them, and what became of whom."""

    def __init__(self, lines: Mapping[str, Line], workers: Sequence[_Played]) -> None:
        self.workers = workers
        self.found: dict[str, Expected] = {}
        self._now = 0.0
        self._ends: list[tuple[float, int]] = []
        self._looks: list[float] = []
        for queue, line in lines.items():
            serving = [each for each in workers if queue in each.worker.queues]
            for taken in line.taken if serving else ():
                at = min(serving, key=lambda each: (queue not in each.at_hand, len(each.running)))
                at.begin(queue, taken, express=at.is_full)
        for each in workers:
            each.age({taken.job_id: taken.seconds for line in lines.values() for taken in line.taken})
        self._served = Counter(one.member for each in workers for one in each.running)
        self._order = FairOrder(lines)
        self._places: dict[str, int] = {}
        self._taken = Counter[str]()
        self._patiences = {each for worker in workers if worker.shelf for each in worker.shelf.patiences}
        """The seconds of waiting after which some worker may think otherwise about a queue."""
        self._demand = {queue: line.demand for queue, line in lines.items()}
        self._came: dict[str, list[tuple[float, str]]] = defaultdict(list)
        """For each queue a heap of when jobs came that waited at some time."""
        self._gone = set[str]()
        for queue, line in lines.items():
            for job in line.waiting:
                self._note_coming(queue, job, 0.0 if job.came is None else job.came - line.at)
        for each in self.workers:
            self._look_when_idle(each)

    @property
    def next_end(self) -> float:
        """Say when the next job will be done."""
        return self._ends[0][0] if self._ends else inf

    @property
    def next_look(self) -> float:
        """Say when a worker may next take what it has not at hand."""
        return self._looks[0] if self._looks else inf

    def fill_all(self) -> None:
        """Let all workers take what they can."""
        idle = list(self.workers)
        while idle:
            idle = [each for each in sorted(idle, key=lambda each: len(each.running)) if self._fill(each)]
        self._ends = [(each.next_end(), number) for number, each in enumerate(self.workers) if each.running]
        heapify(self._ends)

    def admit(self, seconds: float, queue: str, job: Waiting) -> None:
        """Let a job come, and be taken at once if a worker may."""
        self._now = seconds
        self._note_coming(queue, job, seconds)
        self._order.add(queue, job)
        self._play_all()

    def look(self) -> None:
        """Let workers take what has waited for long enough by now."""
        self._now = heappop(self._looks)
        self._play_all()

    def end_first(self) -> str:
        """End the job that is done first, and let its worker take others; give its id."""
        self._now, number = heappop(self._ends)
        worker = self.workers[number]
        done = worker.end(self._now)
        self._served[done.member] -= 1
        if not is_expected(done.job_id):
            self.found[done.job_id] = Expected(self._places.get(done.job_id), self._now)
        while self._fill(worker):
            pass
        if worker.running:
            heappush(self._ends, (worker.next_end(), number))
        else:
            self._look_when_idle(worker)
        return done.job_id

    def _play_all(self) -> None:
        if all(each.is_full and not each.has_express_seat for each in self.workers):
            return
        for each in self.workers:
            each.play(self._now)
        self.fill_all()

    def _note_coming(self, queue: str, job: Waiting, seconds: float) -> None:
        if self._patiences:
            heappush(self._came[queue], (seconds, job.job_id))
        for patience in self._patiences:
            if seconds + patience > self._now:
                heappush(self._looks, seconds + patience)

    def _look_when_idle(self, worker: _Played) -> None:
        if worker.shelf is not None:
            heappush(self._looks, self._now + IDLE * worker.shelf.loading)

    def _waited(self, queue: str) -> float:
        """Give the seconds that the oldest job of a queue has waited."""
        came = self._came[queue]
        while came and came[0][1] in self._gone:
            heappop(came)
        return self._now - came[0][0] if came else 0.0

    def _fill(self, worker: _Played) -> bool:
        express = worker.is_full
        if express and not worker.has_express_seat:
            return False
        served = self._served if express else None
        for queues in self._open_to(worker):
            if (next_one := self._order.take(queues, worker.worker.queues, served)) is not None:
                break
        else:
            return False
        queue, job = next_one
        if not is_expected(job.job_id):
            self._taken[queue] += 1
            self._places[job.job_id] = self._taken[queue]
        self._gone.add(job.job_id)
        worker.begin(queue, job, express=express)
        if worker.shelf is not None and worker.shelf.turn_ends > self._now:
            heappush(self._looks, worker.shelf.turn_ends)
        self._served[job.member] += 1
        return True

    def _open_to(self, worker: _Played) -> Iterable[Sequence[str]]:
        """Give the queues that a worker takes from: first those that it has put off for long enough."""
        if worker.shelf is None:
            return (worker.worker.queues,)
        held = {name for each in self.workers if each is not worker for name in each.at_hand}
        idle, ready, overdue = worker.is_idle(self._now), list[str](), list[str]()
        for queue in worker.worker.queues:
            patience = worker.shelf.patience(
                queue, self._now, held=queue in held, idle=idle, demand=self._demand
            )
            if patience == 0:
                ready.append(queue)
            elif self._waited(queue) >= patience - _AN_INSTANT:
                (ready if idle else overdue).append(queue)
        return (overdue, ready)


@dataclass(slots=True)
class _Running:
    queue: str
    job_id: str
    member: str
    express: bool
    weight: float
    """Megapixels of each pass."""
    ends: float
    """The pass, counted from the beginning, with which it is done."""


@dataclass(slots=True)
class _Played:
    """A worker that is played: its passes up to `seconds`, and the jobs that share them."""

    worker: Worker
    shelf: Shelf | None = None
    passes: float = 0.0
    seconds: float = 0.0
    idle_since: float = 0.0
    running: list[_Running] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Say whether all seats but the express seat are taken."""
        return sum(not each.express for each in self.running) >= self.worker.seats

    @property
    def has_express_seat(self) -> bool:
        """Say whether there is one, and it is free: a worker of a single seat has none."""
        return self.worker.seats > 1 and not any(each.express for each in self.running)

    def begin(self, queue: str, job: Waiting | Taken, *, express: bool) -> None:
        """Seat a job at the moment that was played last; it waits while its checkpoint is loaded."""
        busy = max((each.ends for each in self.running), default=self.passes) - self.passes
        rest = busy * self._pass_seconds() if busy else 0.0
        weight, ends = job.work / job.passes, self.passes + job.passes
        self.running.append(_Running(queue, job.job_id, job.member, express, weight, ends))
        if self.shelf is not None:
            in_use = {each.queue for each in self.running}
            loads = self.shelf.take(queue, in_use, self.seconds, rest) - self.seconds
            self.running[-1].ends += loads / self._pass_seconds()

    def is_idle(self, now: float) -> bool:
        """Say whether it had nothing to do for so long that it loads what it would not otherwise."""
        loading = self.shelf.loading if self.shelf else 0.0
        return not self.running and now - self.idle_since >= IDLE * loading - _AN_INSTANT

    @property
    def at_hand(self) -> Sequence[str]:
        """Name the queues whose checkpoints are loaded."""
        return self.worker.queues if self.shelf is None else self.shelf.loaded

    def age(self, seconds: Mapping[str, float]) -> None:
        """Take off the running jobs what they have had in so many seconds."""
        for each in self.running:
            left = each.ends - seconds[each.job_id] / self._pass_seconds()
            each.ends = max(left, _LEAST_LEFT * each.ends)

    def play(self, seconds: float) -> None:
        """Play up to a moment before the first of its jobs is done."""
        if self.running:
            self.passes += (seconds - self.seconds) / self._pass_seconds()
        self.seconds = seconds

    def next_end(self) -> float:
        """Say when the first of its jobs will be done."""
        left = min(each.ends for each in self.running) - self.passes
        return self.seconds + left * self._pass_seconds()

    def end(self, seconds: float) -> _Running:
        """Play up to the end of the first job, and free its seat."""
        first = min(self.running, key=lambda each: each.ends)
        self.passes, self.seconds, self.idle_since = first.ends, seconds, seconds
        self.running.remove(first)
        return first

    def _pass_seconds(self) -> float:
        together = sum(each.weight for each in self.running)
        return sum(each.weight / self.worker.speed(each.queue, together) for each in self.running)
