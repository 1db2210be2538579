"""Waiting for something to become true in the emulated world."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LOOK_AGAIN = 0.02
PATIENCE = 180.0
"""Seconds for something that takes two on a machine with nothing else to do."""


class Pulse:
    """Beats after every change, so that a wait for it ends at once."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def beat(self) -> None:
        done, self._next = self._next, asyncio.Event()
        done.set()

    async def until(self, probe: Callable[[], T | None], within: float, lament: Callable[[], str]) -> T:
        """What `probe` finds, as soon as that is true; `lament` says what was there instead."""
        try:
            async with asyncio.timeout(within):
                while not (found := probe()):
                    # A probe may also look at the bot or a database, whose changes do not beat here.
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._next.wait(), LOOK_AGAIN)
                return found
        except TimeoutError:
            raise AssertionError(f"waited {within} s in vain: {lament()}") from None
