from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from storage.connection import connect, connect_async, redis_url
from storage.redis_trouble import redis_trouble, try_redis
from storage.settings import Settings
from tests.storage.tls import a_certificate, speaking_tls


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
    assert patience <= time.monotonic() - began < patience + 5


async def test_the_same_for_asyncio() -> None:
    client = connect_async("redis://127.0.0.1:9", patience=0.5)
    began = time.monotonic()
    with pytest.raises(redis.ConnectionError):
        await client.ping()
    assert 0.5 <= time.monotonic() - began < 5.5
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


@pytest.fixture
def encrypted(redis_address: str, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a Redis that is reached by TLS alone, and the certificate of its authority."""
    certificate = a_certificate(tmp_path)
    with speaking_tls(redis_address, certificate) as port:
        yield f"rediss://localhost:{port}/0", certificate


async def test_tls_with_an_authority_of_ones_own(encrypted: tuple[str, Path]) -> None:
    address, certificate = encrypted
    target = f"{address}?ssl_ca_certs={certificate}"
    await asyncio.to_thread(try_redis, target)
    with connect(target, patience=0.1) as client:
        assert client.set("darkroom:tls", "spoken")
    there = connect_async(target, patience=0.1)
    assert await there.get("darkroom:tls") == b"spoken"
    await there.aclose()


def test_whom_nobody_vouches_for_is_told_nothing(encrypted: tuple[str, Path], tmp_path: Path) -> None:
    address, _ = encrypted
    with pytest.raises(redis.RedisError) as trouble:
        try_redis(address)
    said = redis_trouble(trouble.value, Settings(home=tmp_path, redis_url=address))
    assert "has a certificate of an authority that is not known here" in said


def test_a_certificate_of_another_host_is_refused(redis_address: str, tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path, "elsewhere.example")
    with (
        speaking_tls(redis_address, certificate) as port,
        pytest.raises(redis.RedisError, match="CERTIFICATE"),
    ):
        try_redis(f"rediss://localhost:{port}/0?ssl_ca_certs={certificate}")
