from __future__ import annotations

import asyncio
import time

import pytest
import redis

from storage.connection import connect, connect_async, redis_url
from storage.settings import Settings


@pytest.mark.usefixtures("settings_home")
def test_a_url_that_is_set_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert redis_url(Settings()).startswith("unix:///")
    monkeypatch.setenv("DARKROOM_REDIS_URL", "redis://farm:6379/2")
    assert redis_url(Settings()) == "redis://farm:6379/2"
    assert connect(Settings()).connection_pool.connection_kwargs["host"] == "farm"


@pytest.mark.parametrize("patience", [0.0, 0.5])
def test_patience_is_about_as_long_as_asked(patience: float) -> None:
    began = time.monotonic()
    with pytest.raises(redis.ConnectionError):
        connect("redis://127.0.0.1:9", patience).ping()
    assert patience <= time.monotonic() - began < patience + 1


async def test_the_same_for_asyncio() -> None:
    client = connect_async("redis://127.0.0.1:9", patience=0.5)
    began = time.monotonic()
    with pytest.raises(redis.ConnectionError):
        await client.ping()
    assert 0.5 <= time.monotonic() - began < 1.5
    await client.aclose()


async def test_a_cancelled_task_ends_wherever_in_a_command_it_is(redis_address: str) -> None:
    client = connect_async(redis_address)

    async def forever() -> None:
        while True:
            await client.ping()

    for turns in range(60):
        task = asyncio.create_task(forever())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=5)
        assert done, f"cancelled after {turns} turns of the event loop, it goes on"
        assert task.cancelled()
    assert await client.ping()
    await client.aclose()
