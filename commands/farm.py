"""The farm that a command works with: Redis, and a worker that is started if there is none."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from commands.terminal import err, fail

if TYPE_CHECKING:
    import redis

    from storage.served import ServedCheckpoint
    from storage.settings import Settings

WORKER_START_SECONDS = 120.0
"""A worker that starts loads torch and a checkpoint first; from a slow disk that takes its time."""

SECRETS = ("DARKROOM_DISCORD_TOKEN", "DARKROOM_DATABASE_URL")


@contextlib.contextmanager
def farm(settings: Settings, name: str) -> Iterator[tuple[redis.Redis, ServedCheckpoint]]:
    """A connection to a farm that serves the checkpoint, whose worker is started if there is none."""
    from storage.connection import connect

    with redis_server(settings), contextlib.ExitStack() as started:
        connection = connect(settings)
        served = _serving(connection, name)
        if served is None:
            alive = started.enter_context(worker_process(settings, keep=False, checkpoint=name))
            served = _await_serving(connection, name, alive)
        yield connection, served


def _serving(connection: redis.Redis, name: str) -> ServedCheckpoint | None:
    """What is known of a checkpoint that some worker serves right now."""
    from storage.farm import workers
    from storage.served import served

    if not any(name in card.checkpoints for card in workers(connection)):
        return None
    return served(connection).get(name)


def _await_serving(connection: redis.Redis, name: str, alive: Callable[[], bool]) -> ServedCheckpoint:
    give_up = time.monotonic() + WORKER_START_SECONDS
    with err.status(f"Starting a worker with the checkpoint {name} ..."):
        while (found := _serving(connection, name)) is None and alive() and time.monotonic() < give_up:
            time.sleep(0.1)
    if found is None:
        fail(f"No worker came up with the checkpoint {name}: `darkroom doctor` says what is wrong with it.")
    return found


@contextlib.contextmanager
def redis_server(settings: Settings) -> Iterator[None]:
    """The embedded Redis, unless a URL is set."""
    if settings.redis_url:
        yield
        return
    from storage.embedded_redis import EmbeddedRedis, RedisNotStarted

    try:
        with EmbeddedRedis(settings.redis_folder):
            yield
    except RedisNotStarted as error:
        fail(str(error))


@contextlib.contextmanager
def worker_process(
    settings: Settings, *, keep: bool, checkpoint: str | None = None
) -> Iterator[Callable[[], bool]]:
    """A worker in a process of its own that knows no secret; `keep` starts it again when it dies.

    Gives a function that says whether it lives.
    """
    import threading

    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    environment["DARKROOM_HOME"] = str(settings.home)
    command = [sys.executable, "-m", "darkroom", "worker"]
    command += ["--checkpoint", checkpoint] if checkpoint else []
    # Without `keep` it is somebody's one picture: the terminal belongs to the progress bar.
    quiet = None if keep else subprocess.DEVNULL
    leaving = threading.Event()
    process = subprocess.Popen(command, env=environment, stderr=quiet)  # noqa: S603

    def watch() -> None:
        nonlocal process
        while not leaving.wait(1.0):
            if process.poll() is not None:
                logging.getLogger("darkroom").error(
                    "the worker ended (%s), starting it again", process.returncode
                )
                if leaving.wait(3.0):
                    return
                process = subprocess.Popen(command, env=environment, stderr=quiet)  # noqa: S603

    keeper = threading.Thread(target=watch, name="worker-keeper", daemon=True)
    if keep:
        keeper.start()
    try:
        yield lambda: process.poll() is None
    finally:
        leaving.set()
        if keep:
            keeper.join()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
