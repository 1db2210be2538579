"""Waiting for something to become true in the emulated world."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Pulse:
    """Beats after every change, so that nobody has to poll."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def beat(self) -> None:
        done, self._next = self._next, asyncio.Event()
        done.set()

    async def until(self, probe: Callable[[], T | None], within: float, lament: Callable[[], str]) -> T:
        """What `probe` finds, as soon as it finds something; `lament` says what was there instead."""
        try:
            async with asyncio.timeout(within):
                while (found := probe()) is None:
                    await self._next.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"waited {within} s in vain: {lament()}") from None
