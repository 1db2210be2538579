"""The farm that a command works with: Redis, and a worker that is started if there is none."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from commands.terminal import err, fail

if TYPE_CHECKING:
    import redis

    from storage.served import ServedCheckpoint
    from storage.settings import Settings

WORKER_START_SECONDS = 120.0
"""A worker that starts loads torch and a checkpoint first, which takes its time from a slow disk."""

SECRETS = ("DARKROOM_DISCORD_TOKEN", "DARKROOM_DATABASE_URL")


@contextlib.contextmanager
def farm(settings: Settings, name: str) -> Iterator[tuple[redis.Redis, ServedCheckpoint]]:
    """Connect to a farm that serves the checkpoint, and start a worker for it if there is none.

    Raises `redis.RedisError` at once if Redis is not fit for work, CheckpointError if there is no checkpoint
    of that name, and Refused if no worker comes up with it.
    """
    from storage.connection import connect
    from storage.redis_trouble import try_redis

    with redis_server(settings), contextlib.ExitStack() as started:
        try_redis(settings)
        connection = connect(settings)
        served = _serving(connection, name)
        if served is None:
            _refuse_unknown(connection, settings, name)
            alive = started.enter_context(worker_process(settings, keep=False, checkpoint=name))
            served = _await_serving(connection, name, alive)
        yield connection, served


def _serving(connection: redis.Redis, name: str) -> ServedCheckpoint | None:
    """Give what is known of a checkpoint that some worker serves right now."""
    from storage.farm import workers
    from storage.served import served

    if not any(name in card.checkpoints for card in workers(connection)):
        return None
    return served(connection).get(name)


def _refuse_unknown(connection: redis.Redis, settings: Settings, name: str) -> None:
    """Raise CheckpointError if neither the farm nor this machine has a checkpoint of that name."""
    from gpuworker.checkpoints.locate import entries, is_hub_id, locate
    from storage.farm import workers
    from storage.nearest import nearest

    if is_hub_id(name):
        return
    farms = {served for card in workers(connection) for served in card.checkpoints}
    if farms and name not in entries(settings.checkpoints_folder):
        fail(f"No worker serves a checkpoint called {name}: this farm has {nearest(name, farms)}.")
    locate(name, settings.checkpoints_folder)


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
    """Run the embedded Redis, unless a URL is set. Raises RedisNotStarted."""
    if settings.redis_url:
        yield
        return
    from storage.embedded_redis import EmbeddedRedis

    with EmbeddedRedis(settings.redis_folder):
        yield


@contextlib.contextmanager
def worker_process(
    settings: Settings, *, keep: bool, checkpoint: str | None = None
) -> Iterator[Callable[[], bool]]:
    """Run a worker in a process of its own that knows no secret; `keep` restarts it when it dies.

    Gives a function that says whether it is alive.
    """
    import threading

    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    environment["DARKROOM_HOME"] = str(settings.home)
    # -P: without it, Python would import what lies in the folder that the command is typed in. The package
    # itself is found wherever this process found it.
    house = str(Path(__file__).resolve().parents[1])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [house, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-P", "-m", "darkroom", "worker"]
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
