"""Shards of one bot identify one after another, in whichever process they are."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest
import redis

from bot import identify
from bot.identify import turn_to_identify
from storage.connection import connect_async


async def test_one_at_a_time(
    redis_address: str, connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identify, "APART_SECONDS", 1.0)
    monkeypatch.setattr(identify, "_LOOK_SECONDS", 0.02)
    clients, had = [connect_async(redis_address) for _ in range(3)], list[float]()

    async def identifies(bot: str, at: list[float], number: int) -> None:
        await turn_to_identify(clients[number], bot)
        at.append(time.monotonic())

    await asyncio.gather(*(identifies("one", had, number) for number in range(3)))
    assert all(later - earlier > 0.5 for earlier, later in pairwise(had))
    monkeypatch.setattr(identify, "APART_SECONDS", 60.0)
    for bot in ("another", "and one more"):  # each has turns of its own
        await asyncio.wait_for(turn_to_identify(clients[0], bot), 30)
    for client in clients:
        await client.aclose()


async def test_without_redis_shards_wait_as_long_as_discord_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify, "APART_SECONDS", 0.3)
    nowhere = connect_async("unix:///nowhere/redis.sock", patience=0.1)
    began = time.monotonic()
    await turn_to_identify(nowhere, "one")
    assert time.monotonic() - began >= 0.3
    await nowhere.aclose()
