"""One holder at a time; the next one follows when it leaves, and when it dies."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
from redis.asyncio import Redis as AsyncRedis

from storage import lease as module
from storage.connection import connect_async
from storage.lease import Lease, LeaseLost
from storage.shards import ALL, Shards


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


async def second(client: AsyncRedis, waited: Waited, shards: Shards = ALL) -> float:
    """Hold the lease as another one would, and give the seconds that it took to get it."""
    began = time.monotonic()
    async with Lease(client, "bot", shards).held(waited):
        return time.monotonic() - began


@pytest.fixture(autouse=True)
def another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can look whether the holder's process lives."""
    names = iter(f"machine {number}" for number in range(1000))
    monkeypatch.setattr("socket.gethostname", lambda: next(names))


async def test_the_second_waits_and_has_it_at_once_when_the_first_stops(client: AsyncRedis) -> None:
    waited = Waited()
    async with Lease(client, "bot").held(Waited()) as keeper:
        other = asyncio.create_task(second(client, waited))
        while waited.times < 2:
            await asyncio.sleep(0.01)
        assert not other.done()
        assert not keeper.done()
    assert await other < module.LEASE_SECONDS, "it runs out later"


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
    monkeypatch.setattr(module, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(module, "_RENEW_SECONDS", 0.2)
    async with Lease(client, "bot").held(Waited()):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(second(client, Waited()), 3.0)


async def test_who_was_silent_for_too_long_hears_that_it_is_lost(
    client: AsyncRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RENEW_SECONDS", 0.1)
    async with Lease(client, "bot").held(Waited()) as keeper:
        await client.set("darkroom:lease:bot", "somebody else")
        with pytest.raises(LeaseLost):
            await asyncio.wait_for(keeper, 60)
    assert await client.get("darkroom:lease:bot") == b"somebody else", "it is not let go for them"


async def test_a_process_of_this_machine_that_is_gone_is_not_waited_for(
    client: AsyncRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.lease.machine", lambda: "here")
    alive, gone = os.getppid(), 2**22 - 1
    await client.set("darkroom:lease:bot", f"here/{gone}/x", px=60_000)
    assert await second(client, Waited()) < 30
    await client.set("darkroom:lease:bot", f"here/{alive}/x", px=60_000)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(second(client, Waited()), 1)


async def test_a_process_of_another_container_under_the_same_host_name_is_waited_for(
    client: AsyncRedis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "node")
    monkeypatch.setattr("storage.lease.is_running", lambda _: False)
    first = Lease(client, "bot")
    await first.acquire(Waited())
    monkeypatch.setattr("storage.machine._NUMBERS", tmp_path)
    waited = Waited()
    other = asyncio.create_task(second(client, waited))
    while waited.times < 2:
        await asyncio.sleep(0.01)
    assert not other.done(), "its numbers say nothing here"
    await first.release()
    await other


async def test_without_redis_one_goes_on(tmp_path: object) -> None:
    nowhere = connect_async("unix:///nowhere/redis.sock", patience=0.1)
    waited = Waited()
    async with Lease(nowhere, "bot").held(waited):
        assert waited.times == 0
    await nowhere.aclose()


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("0-1/4", "2-3/4", True),
        ("0,2/4", "1,3/4", True),
        ("0-1/4", "0-1/4", False),
        ("0-1/4", "1-2/4", False),
        ("0-1/4", "2-3/8", False),
        ("0-1/4", "0/1", False),
        ("0/1", "0-1/4", False),
        ("0-3/4", "3/4", False),
    ],
)
async def test_two_are_at_work_only_if_no_server_is_in_both(
    client: AsyncRedis, one: str, other: str, both: bool
) -> None:
    waited = Waited()
    async with Lease(client, "bot", Shards.read(one)).held(Waited()):
        waiting = asyncio.create_task(second(client, waited, Shards.read(other)))
        while not waiting.done() and waited.times < 2:
            await asyncio.sleep(0.01)
        assert waiting.done() is both
        assert not both or await waiting < module.LEASE_SECONDS
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_all_shards_that_are_wanted_or_none(client: AsyncRedis) -> None:
    one = Lease(client, "bot", Shards.read("1/4"))
    await one.acquire(Waited())
    waited = Waited()
    two = asyncio.create_task(second(client, waited, Shards.read("0-1/4")))
    while not waited.times:
        await asyncio.sleep(0.01)
    assert await second(client, Waited(), Shards.read("0/4")) < 30, "who waits for two has none of them"
    await one.release()
    await asyncio.wait_for(two, 30)


async def test_shards_that_are_counted_anew_wait_for_those_that_were_counted_before(
    client: AsyncRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEASE_SECONDS", 1.0)
    before = [Lease(client, "bot", Shards.read(each)) for each in ("0/2", "1/2")]
    for each in before:
        await each.acquire(Waited())
    async with before[1].kept():
        await before[0].release()
        assert await second(client, Waited(), Shards.read("0/2")) < 0.5
        assert await client.get("darkroom:lease:bot") == b"in 2 shards", "the others are at work still"
    assert 0.3 < await second(client, Waited(), Shards.read("0/4")) < 4
