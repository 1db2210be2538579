from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.once import once


async def test_an_interaction_asks_once_and_the_next_one_anew() -> None:
    asked: list[int] = []

    async def find() -> int:
        asked.append(1)
        return len(asked)

    one, other = (SimpleNamespace(extras={}) for _ in range(2))
    found = [await once(each, find, name="number") for each in (one, one, other, one)]  # type: ignore[arg-type]
    assert found == [1, 1, 2, 1]


async def test_what_failed_is_asked_again() -> None:
    interaction: Any = SimpleNamespace(extras={})

    async def fail() -> int:
        raise LookupError("away")

    async def find() -> int:
        return 1

    with pytest.raises(LookupError, match="away"):
        await once(interaction, fail, name="number")
    assert await once(interaction, find, name="number") == 1
