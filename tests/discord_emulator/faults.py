"""Bad weather on demand: errors, lost connections and delays at chosen routes."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

DROP = 0


@dataclass
class Fault:
    """The next `times` requests that match fail, before or after they took effect."""

    route: re.Pattern[str]
    times: int
    status: int
    after_effect: bool
    retry_after: float


@dataclass
class Faults:
    """A route is a regular expression over "METHOD /path", the path without /api/v10."""

    planned: list[Fault] = field(default_factory=list)
    barriers: list[tuple[re.Pattern[str], asyncio.Event]] = field(default_factory=list)
    delays: list[tuple[re.Pattern[str], float]] = field(default_factory=list)
    latency: float = 0.0
    """Seconds from a request to its answer, over and above what the work takes; half of them on each way."""

    def fail_next(
        self,
        times: int = 1,
        *,
        status: int = 502,
        route: str = "",
        after_effect: bool = False,
        retry_after: float = 0.2,
    ) -> None:
        """Answer with `status`; with `after_effect` only the answer is lost, as 502 often means."""
        self.planned.append(Fault(re.compile(route), times, status, after_effect, retry_after))

    def reset_next(self, times: int = 1, *, route: str = "", after_effect: bool = False) -> None:
        """Break the connection instead of answering."""
        self.planned.append(Fault(re.compile(route), times, DROP, after_effect, 0.0))

    @contextlib.contextmanager
    def hold(self, route: str) -> Iterator[None]:
        """Requests to `route` wait until the block is left."""
        barrier = (re.compile(route), asyncio.Event())
        self.barriers.append(barrier)
        try:
            yield
        finally:
            self.barriers.remove(barrier)
            barrier[1].set()

    @contextlib.contextmanager
    def slow(self, route: str, seconds: float) -> Iterator[None]:
        """Requests to `route` take that much longer."""
        delay = (re.compile(route), seconds)
        self.delays.append(delay)
        try:
            yield
        finally:
            self.delays.remove(delay)

    async def linger(self, request: str) -> None:
        """Wait as long as the way takes, and as holds and delays say."""
        await self.travel()
        for route, seconds in self.delays:
            if route.search(request):
                await asyncio.sleep(seconds)
        for route, opened in list(self.barriers):
            if route.search(request):
                await opened.wait()

    async def travel(self) -> None:
        """Be on the way, in one direction."""
        if self.latency:
            await asyncio.sleep(self.latency / 2)

    def strike(self, request: str, *, after_effect: bool) -> Fault | None:
        """The fault that hits this request, used up by it."""
        for fault in self.planned:
            if fault.times > 0 and fault.after_effect == after_effect and fault.route.search(request):
                fault.times -= 1
                return fault
        return None
