"""When waiting jobs will be done: the farm played ahead, by the fair order, its seats and its speeds."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Protocol

from storage.arrivals import expected, is_expected
from storage.fair import Line, Taken, Waiting
from storage.share import Urgency

_LEAST_LEFT = 0.05
"""Of a running job: what is left at least of one that takes longer than expected."""


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
    their pictures need together. Meanwhile others come, as they did lately.
    """
    farm = _Farm(lines, [_Played(worker) for worker in workers])
    left = set(until) or _ids(lines.values())
    ends, coming = farm.fill_all(), expected(lines)
    arrival = next(coming, None)
    while left and (ends or arrival):
        if arrival and (not ends or arrival[0] < ends[0][0]):
            ends = farm.admit(*arrival) or ends
            arrival = next(coming, None)
            continue
        seconds, number = heappop(ends)
        left.discard(farm.end(number, seconds))
        if farm.workers[number].running:
            heappush(ends, (farm.workers[number].next_end(), number))
    return farm.found


def _ids(lines: Collection[Line]) -> set[str]:
    waiting = {job.job_id for line in lines for job in line.waiting}
    return waiting | {job.job_id for line in lines for job in line.taken}


class _Farm:
    """All workers together, who waits for them, and what became of whom."""

    def __init__(self, lines: Mapping[str, Line], workers: Sequence[_Played]) -> None:
        self.workers = workers
        self.found: dict[str, Expected] = {}
        for queue, line in lines.items():
            serving = [each for each in workers if queue in each.worker.queues]
            for taken in line.taken if serving else ():
                at = min(serving, key=lambda each: len(each.running))
                at.begin(queue, taken, express=at.is_full)
        for each in workers:
            each.age({taken.job_id: taken.seconds for line in lines.values() for taken in line.taken})
        self._served = Counter(one.member for each in workers for one in each.running)
        self._order = _Order(lines)
        self._places: dict[str, int] = {}
        self._taken = Counter[str]()

    def fill_all(self) -> list[tuple[float, int]]:
        """Let all workers take what they can; give when each is done with something, and its number."""
        idle = list(self.workers)
        while idle:
            idle = [each for each in sorted(idle, key=lambda each: len(each.running)) if self._fill(each)]
        ends = [(each.next_end(), number) for number, each in enumerate(self.workers) if each.running]
        heapify(ends)
        return ends

    def admit(self, seconds: float, queue: str, job: Waiting) -> list[tuple[float, int]] | None:
        """Let a job come; give the new ends if a worker may take it at once."""
        self._order.add(queue, job)
        if all(each.is_full and not each.has_express_seat for each in self.workers):
            return None
        for each in self.workers:
            each.play(seconds)
        return self.fill_all()

    def end(self, number: int, seconds: float) -> str:
        """End the first job of a worker, and let it take others; give the id of the one that is done."""
        worker = self.workers[number]
        done = worker.end(seconds)
        self._served[done.member] -= 1
        if not is_expected(done.job_id):
            self.found[done.job_id] = Expected(self._places.get(done.job_id), seconds)
        while self._fill(worker):
            pass
        return done.job_id

    def _fill(self, worker: _Played) -> bool:
        next_one, express = None, worker.is_full
        if not express:
            next_one = self._order.take(worker.worker.queues)
        elif worker.has_express_seat:
            next_one = self._order.take(worker.worker.queues, self._served)
        if next_one is None:
            return False
        queue, job = next_one
        if not is_expected(job.job_id):
            self._taken[queue] += 1
            self._places[job.job_id] = self._taken[queue]
        worker.begin(queue, job, express=express)
        self._served[job.member] += 1
        return True


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
    passes: float = 0.0
    seconds: float = 0.0
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
        """Seat a job at the moment that was played last."""
        weight, ends = job.work / job.passes, self.passes + job.passes
        self.running.append(_Running(queue, job.job_id, job.member, express, weight, ends))

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
        self.passes, self.seconds = first.ends, seconds
        self.running.remove(first)
        return first

    def _pass_seconds(self) -> float:
        together = sum(each.weight for each in self.running)
        return sum(each.weight / self.worker.speed(each.queue, together) for each in self.running)


class _Order:
    """The order in which fair.lua gives the jobs of several queues away."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self._had = {queue: dict(line.had) for queue, line in lines.items()}
        self._level = {queue: line.level for queue, line in lines.items()}
        self._jobs: dict[tuple[str, int], dict[str, deque[Waiting]]] = defaultdict(dict)
        for queue, line in lines.items():
            for job in line.waiting:
                self._jobs[queue, job.urgency].setdefault(job.member, deque()).append(job)
        self._next = {
            place: [(self._of(place[0], member), member) for member in members]
            for place, members in self._jobs.items()
        }
        for heap in self._next.values():
            heapify(heap)

    def add(self, queue: str, job: Waiting) -> None:
        """Let a job come, of a member who begins level with whoever was served last."""
        lines = [self._jobs[queue, urgency].get(job.member) for urgency in Urgency]
        if not any(lines):
            had = self._had[queue]
            had[job.member] = max(self._level[queue], had.get(job.member, 0.0))
        self._jobs[queue, job.urgency].setdefault(job.member, deque()).append(job)
        heappush(self._next.setdefault((queue, job.urgency), []), (self._of(queue, job.member), job.member))

    def take(self, queues: Sequence[str], served: Counter[str] | None = None) -> tuple[str, Waiting] | None:
        """Take the next job of these queues, or None; on an express seat of nobody who is `served`."""
        for urgency in Urgency if served is None else (Urgency.INTERACTIVE,):
            tops = ((self._top(queue, urgency, served), queue) for queue in queues)
            first = min(((top, queue) for top, queue in tops if top is not None), default=None)
            if first is not None:
                (had, member), queue = first
                job = self._jobs[queue, urgency][member].popleft()
                self._charge(queues, member, job.charge, had)
                return queue, job
        return None

    def _of(self, queue: str, member: str) -> float:
        return self._had[queue].get(member, self._level[queue])

    def _top(self, queue: str, urgency: int, served: Counter[str] | None) -> tuple[float, str] | None:
        """Give the member who is next in a queue; who has had more since they lined up is passed over."""
        heap = self._next.get((queue, urgency), [])
        if served is not None:
            lines = self._jobs.get((queue, Urgency(urgency)), {})
            others = [member for member, line in lines.items() if line and not served[member]]
            return min(((self._of(queue, member), member) for member in others), default=None)
        while heap:
            had, member = heap[0]
            if self._jobs[queue, urgency][member] and had == self._of(queue, member):
                return heap[0]
            heappop(heap)
        return None

    def _charge(self, queues: Sequence[str], member: str, charge: float, served: float) -> None:
        for queue in queues:
            if queue not in self._had:
                continue
            self._level[queue] = max(self._level[queue], served)
            had = self._had[queue][member] = self._of(queue, member) + charge
            for urgency in Urgency:
                if self._jobs.get((queue, urgency), {}).get(member):
                    heappush(self._next[queue, urgency], (had, member))
