"""Questions that are answered in another thread, together with those that came while it was at work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

_Q = TypeVar("_Q")
_A = TypeVar("_A")


class Together(Generic[_Q, _A]):
    """Asks for many at once what costs as much for one.

    A question that comes alone is asked at once. Those that come while others are answered are asked when
    that is over: nobody hears what was found out before they asked.
    """

    def __init__(self, answers: Callable[[Sequence[_Q]], Sequence[_A]]) -> None:
        """Have `answers` called in a thread, with one question or more; it gives an answer to each."""
        self._answers = answers
        self._asked: list[tuple[_Q, asyncio.Future[_A]]] = []
        self._at_work: asyncio.Task[None] | None = None

    async def ask(self, question: _Q) -> _A:
        """Give the answer. Raises what was raised instead of giving those that were wanted together."""
        answer: asyncio.Future[_A] = asyncio.get_running_loop().create_future()
        self._asked.append((question, answer))
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._asked:
                asked, self._asked = self._asked, []
                await self._answer([question for question, _ in asked], [answer for _, answer in asked])
        finally:
            self._at_work = None

    async def _answer(self, questions: Sequence[_Q], waiting: Sequence[asyncio.Future[_A]]) -> None:
        try:
            found = await asyncio.to_thread(self._answers, questions)
        except Exception as error:
            for each in waiting:
                if not each.done():
                    each.set_exception(error)
            return
        for each, answer in zip(waiting, found, strict=True):
            if not each.done():
                each.set_result(answer)
