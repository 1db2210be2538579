"""What runs until it is stopped, when it cannot begin."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import redis

from commands.services import _redis_ready, _the_only_one
from commands.terminal import Refused
from storage.served import served
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
        assert time.monotonic() - began < 20


def test_the_log_has_no_noise_of_libraries() -> None:
    program = (
        "import logging; from commands.logs import log_to_terminal; log_to_terminal('text')\n"
        "logging.getLogger('alembic.runtime.plugins').info('setup plugin')\n"
        "logging.getLogger('discord.client').warning('davey is missing, voice will NOT be supported')\n"
        "logging.getLogger('discord.client').warning('of interest')\n"
        "logging.getLogger('bot.client').info('ready')\n"
        "import gpuworker; from tqdm.auto import tqdm; list(tqdm([1, 2, 3]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = [line.split(": ")[-1] for line in done.stderr.splitlines()]
    assert lines == ["of interest", "ready"]


@pytest.mark.slow
def test_a_bot_that_begins_announces_its_checkpoint_and_loads_no_torch(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "import bot.client; from commands.services import _introduce; from storage.settings import Settings\n"
        "_introduce(Settings(home=Path(sys.argv[1]), redis_url=sys.argv[2]))\n"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path), redis_address], check=False)
    assert done.returncode == 0
    assert list(served(connection)) == ["pocket"]


def test_a_second_up_on_the_same_data_folder_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with _the_only_one(settings):
        with pytest.raises(Refused, match="already: stop that one"), _the_only_one(settings):
            pass
        with _the_only_one(Settings(home=tmp_path / "another")):
            pass
    with _the_only_one(settings):
        pass
