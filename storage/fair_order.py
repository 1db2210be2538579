"""The order in which fair.lua gives jobs away, while the farm is played ahead."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

from storage.fair import Line, Waiting
from storage.share import Urgency


class FairOrder:
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

    def take(
        self, queues: Sequence[str], all_queues: Sequence[str], served: Counter[str] | None = None
    ) -> tuple[str, Waiting] | None:
        """Take the next job of these queues, or None; on an express seat of nobody who is `served`.

        Its member had it from `all_queues` that the worker serves.
        """
        for urgency in Urgency if served is None else (Urgency.INTERACTIVE,):
            tops = ((self._top(queue, urgency, served), queue) for queue in queues)
            first = min(((top, queue) for top, queue in tops if top is not None), default=None)
            if first is not None:
                (had, member), queue = first
                job = self._jobs[queue, urgency][member].popleft()
                self._charge(all_queues, member, job.charge, had)
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
