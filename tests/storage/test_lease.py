"""One holder at a time; the next one follows when it leaves, and when it dies."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator

import pytest
import redis
from redis.asyncio import Redis as AsyncRedis

from storage import lease as module
from storage.connection import connect_async
from storage.lease import Lease, LeaseLost


@pytest.fixture
async def client(redis_address: str, connection: redis.Redis) -> AsyncIterator[AsyncRedis]:
    client = connect_async(redis_address)
    yield client
    await client.aclose()


class Waited:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


async def second(client: AsyncRedis, waited: Waited) -> float:
    """Hold the lease as another one would, and give the seconds that it took to get it."""
    began = time.monotonic()
    async with Lease(client, "bot").held(waited):
        return time.monotonic() - began


@pytest.fixture(autouse=True)
def another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can look whether the holder's process lives."""
    names = iter(f"machine {number}" for number in range(1000))
    monkeypatch.setattr("storage.lease.socket.gethostname", lambda: next(names))


async def test_the_second_waits_and_has_it_at_once_when_the_first_stops(client: AsyncRedis) -> None:
    waited = Waited()
    async with Lease(client, "bot").held(Waited()) as keeper:
        other = asyncio.create_task(second(client, waited))
        while waited.times < 2:
            await asyncio.sleep(0.01)
        assert not other.done()
        assert not keeper.done()
    await asyncio.wait_for(other, 1.0)


async def test_the_second_has_it_when_the_first_dies(
    client: AsyncRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEASE_SECONDS", 1.0)
    first = Lease(client, "bot")
    await first.acquire(Waited())
    assert 0.5 < await second(client, Waited()) < 4


async def test_a_living_holder_keeps_it_for_longer_than_it_lasts_by_itself(
    client: AsyncRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(module, "_RENEW_SECONDS", 0.2)
    async with Lease(client, "bot").held(Waited()):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(second(client, Waited()), 1.6)


async def test_who_was_silent_for_too_long_hears_that_it_is_lost(
    client: AsyncRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RENEW_SECONDS", 0.1)
    async with Lease(client, "bot").held(Waited()) as keeper:
        await client.set("darkroom:lease:bot", "somebody else")
        with pytest.raises(LeaseLost):
            await asyncio.wait_for(keeper, 3)
    assert await client.get("darkroom:lease:bot") == b"somebody else", "it is not let go for them"


async def test_a_process_of_this_machine_that_is_gone_is_not_waited_for(
    client: AsyncRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.lease.socket.gethostname", lambda: "here")
    alive, gone = os.getppid(), 2**22 - 1
    await client.set("darkroom:lease:bot", f"here/{gone}/x", px=60_000)
    assert await second(client, Waited()) < 1
    await client.set("darkroom:lease:bot", f"here/{alive}/x", px=60_000)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(second(client, Waited()), 1)


async def test_without_redis_one_goes_on(tmp_path: object) -> None:
    nowhere = connect_async("unix:///nowhere/redis.sock", patience=0.1)
    waited = Waited()
    async with Lease(nowhere, "bot").held(waited):
        assert waited.times == 0
    await nowhere.aclose()
