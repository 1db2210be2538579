"""Questions that come while others are answered are asked together, and after them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from bot.together import Together


class Oracle:
    """Answers in its own time, and remembers what it was asked at once."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.asked: list[list[int]] = []

    def answers(self, questions: Sequence[int]) -> list[int]:
        self.asked.append(list(questions))
        assert self.may_answer.wait(60)
        if 13 in questions:
            raise ValueError("13")
        return [2 * each for each in questions]


async def test_who_comes_meanwhile_is_answered_together_after_it() -> None:
    oracle = Oracle()
    together = Together(oracle.answers)
    first = asyncio.create_task(together.ask(1))
    while not oracle.asked:
        await asyncio.sleep(0.01)
    others = [asyncio.create_task(together.ask(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    oracle.may_answer.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert oracle.asked == [[1], [2, 3, 4]]
    assert await together.ask(5) == 10, "and when all is over, it begins anew"


async def test_what_goes_wrong_goes_wrong_for_those_who_asked_together_alone() -> None:
    oracle = Oracle()
    together = Together(oracle.answers)
    asked = [asyncio.create_task(together.ask(number)) for number in (1, 2)]
    while not oracle.asked:
        await asyncio.sleep(0.01)
    asked += [asyncio.create_task(together.ask(number)) for number in (13, 3)]
    await asyncio.sleep(0)
    oracle.may_answer.set()
    ends = await asyncio.gather(*asked, return_exceptions=True)
    assert [str(end) for end in ends] == ["2", "4", "13", "13"]
    assert await together.ask(7) == 14


async def test_who_gives_up_takes_no_answer_from_the_others() -> None:
    oracle = Oracle()
    together = Together(oracle.answers)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await together.ask(1)
    other = asyncio.create_task(together.ask(2))
    await asyncio.sleep(0)
    oracle.may_answer.set()
    assert await other == 4
