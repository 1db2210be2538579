"""The farm that a command works with: Redis, and a worker that is started if there is none."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commands.terminal import err, fail
from commands.worker_process import WorkerProcess
from commands.writing import refuse_unwritable

if TYPE_CHECKING:
    import redis

    from storage.embedded_redis import EmbeddedRedis
    from storage.farm import WorkerCard
    from storage.served import ServedCheckpoint
    from storage.settings import Settings

WORKER_START_SECONDS = 120.0
"""A worker that starts loads torch and a checkpoint first, which takes its time from a slow disk."""


@contextlib.contextmanager
def farm(
    settings: Settings, name: str, into: Sequence[Path]
) -> Iterator[tuple[redis.Redis, ServedCheckpoint]]:
    """Connect to a farm that serves the checkpoint, and start a worker for it if there is none.

    The folders that its work will be written `into` are tried first: it may take minutes. Raises Refused or
    OSError for those, `redis.RedisError` if Redis is not fit for work, CheckpointError if there is no
    checkpoint of that name, and Refused if no worker comes up with it.
    """
    from storage.connection import connect
    from storage.redis_trouble import try_redis

    for folder in into:
        refuse_unwritable(folder)
    with redis_server(settings), contextlib.ExitStack() as started:
        try_redis(settings)
        connection = connect(settings)
        served = _serving(connection, name)
        if served is None:
            _refuse_other_key(connection, name)
            _refuse_unknown(connection, settings, name)
            only_this = ["--checkpoint", name]
            worker = started.enter_context(WorkerProcess(settings, keep=False, arguments=only_this))
            served = _await_serving(connection, name, worker)
        _tell_what_ails(connection, name)
        yield connection, served


def _serving(connection: redis.Redis, name: str) -> ServedCheckpoint | None:
    """Give what is known of a checkpoint that some worker with our key serves right now."""
    from storage.served import served

    return served(connection).get(name) if _workers_of(connection, name)[0] else None


def _workers_of(connection: redis.Redis, name: str) -> tuple[list[WorkerCard], list[WorkerCard]]:
    """List the workers that serve a checkpoint: those with our key, and those with another one."""
    from storage.farm import workers
    from storage.signing import signer_of

    key, serving = signer_of(connection).fingerprint, workers(connection)
    serving = [card for card in serving if name in card.checkpoints]
    return [card for card in serving if card.key == key], [card for card in serving if card.key != key]


def _tell_what_ails(connection: redis.Redis, name: str) -> None:
    """Say why it may take long, if no worker takes jobs at the moment."""
    ours, _ = _workers_of(connection, name)
    if ours and all(card.ails for card in ours):
        err.print(f"This may take long: the worker {ours[0].name} {ours[0].ails}.", markup=False)


def _refuse_other_key(connection: redis.Redis, name: str) -> None:
    """Raise Refused if workers serve the checkpoint that would not believe what is signed here."""
    if strangers := _workers_of(connection, name)[1]:
        fail(
            f"No worker that serves {name} has the key of this machine; {strangers[0].name} has another one: "
            "set DARKROOM_QUEUE_KEY here to what bot and workers of the farm have."
        )


def _refuse_unknown(connection: redis.Redis, settings: Settings, name: str) -> None:
    """Raise CheckpointError if neither the farm nor this machine has a checkpoint of that name."""
    from gpuworker.checkpoints.locate import entries, is_on_hub, locate
    from storage.farm import workers
    from storage.nearest import nearest

    if is_on_hub(name, settings.checkpoints_folder):
        return
    farms = {served for card in workers(connection) for served in card.checkpoints}
    if farms and name not in entries(settings.checkpoints_folder):
        fail(f"No worker serves a checkpoint called {name}: this farm has {nearest(name, farms)}.")
    locate(name, settings.checkpoints_folder)


def _await_serving(connection: redis.Redis, name: str, worker: WorkerProcess) -> ServedCheckpoint:
    give_up = time.monotonic() + WORKER_START_SECONDS
    with err.status(f"Starting a worker with the checkpoint {name} ..."):
        while (found := _serving(connection, name)) is None and worker.lives and time.monotonic() < give_up:
            time.sleep(0.1)
    if found is None:
        fail(f"No worker came up with the checkpoint {name}: `darkroom doctor` says what is wrong with it.")
    return found


@contextlib.contextmanager
def redis_server(settings: Settings) -> Iterator[EmbeddedRedis | None]:
    """Run the embedded Redis, unless a URL is set. Raises RedisNotStarted."""
    if settings.redis_url:
        yield None
        return
    from storage.embedded_redis import EmbeddedRedis

    with EmbeddedRedis(settings.redis_folder) as server:
        yield server
