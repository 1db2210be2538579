"""What runs until it is stopped, when it cannot begin."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import redis

from commands.services import _redis_ready
from storage.settings import Settings
from tests.storage.redis_servers import a_server, free_port, in_state


def test_a_redis_that_is_there_is_used_at_once(redis_address: str, tmp_path: Path) -> None:
    with _redis_ready(Settings(home=tmp_path, redis_url=redis_address), patience=30):
        assert not (tmp_path / "redis").exists()


def test_the_bot_begins_without_a_redis_that_may_come(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with in_state("wrong port") as address, _redis_ready(Settings(home=tmp_path, redis_url=address)):
        assert "nobody listens there: start it" in caplog.text


def test_the_worker_waits_for_a_redis_that_comes_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    settings = Settings(home=tmp_path, redis_url=f"redis://localhost:{port}/0")
    over = threading.Event()

    def late() -> None:
        time.sleep(2)
        with a_server("--port", str(port), until=""):
            over.wait(60)

    thread = threading.Thread(target=late)
    thread.start()
    try:
        with _redis_ready(settings, patience=30):
            assert "nobody listens there: start it" in caplog.text
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("patience", [0, 30])
def test_nobody_waits_for_what_does_not_pass(tmp_path: Path, patience: float) -> None:
    with in_state("wrong password") as address:
        began = time.monotonic()
        with (
            pytest.raises(redis.AuthenticationError),
            _redis_ready(Settings(home=tmp_path, redis_url=address), patience),
        ):
            pass
        assert time.monotonic() - began < 5
