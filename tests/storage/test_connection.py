from __future__ import annotations

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
