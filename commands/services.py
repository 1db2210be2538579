"""`darkroom up`, `bot` and `worker`: what runs until it is stopped."""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from commands.farm import redis_server
from commands.leaving import Leaving, leave_with, leaving
from commands.terminal import fail
from commands.worker_process import WorkerProcess

if TYPE_CHECKING:
    from storage.settings import BotSettings, Settings

START_TOGETHER_SECONDS = 30.0
"""When all parts start at once, Redis may be the last one up; and it loads its journal first."""

UP_SECONDS = 9.0
"""From SIGTERM to the end of everything: of the bot, then of the worker, then of Redis."""
_LOOK_SECONDS = 0.5


def up() -> None:
    """Run everything on this machine: Redis unless a URL is set, one worker, the bot."""
    from storage.settings import BotSettings, read_settings

    settings = read_settings(BotSettings)
    if settings.discord_token is None:
        fail(
            "No Discord token: set DARKROOM_DISCORD_TOKEN (the README shows where it comes from). "
            "Without Discord, try: darkroom imagine 'a red circle over the sea'"
        )
    _begin_service(settings)
    with (
        leaving(UP_SECONDS) as left,
        _the_only_one(settings),
        _redis_ready(settings, left=left),
        WorkerProcess(settings, keep=True) as worker,
    ):
        _introduce(settings)
        _run_bot(settings, left, worker.leave)


def bot() -> None:
    """Run the Discord side of a farm."""
    from storage.settings import BotSettings, read_settings

    settings = read_settings(BotSettings)
    _begin_service(settings)
    with leaving() as left, _redis_ready(settings, left=left):
        _introduce(settings)
        _run_bot(settings, left)


def worker(
    seats: Annotated[int | None, typer.Option(min=1, help="Jobs taken at once.")] = None,
    checkpoint: Annotated[
        list[str] | None, typer.Option(help="Serve only this checkpoint; may be repeated.")
    ] = None,
    all_gpus: Annotated[
        bool, typer.Option("--all-gpus", help="Run a worker on each GPU of this machine.")
    ] = False,
    alone: Annotated[bool, typer.Option("--alone", hidden=True)] = False,
    pipe: Annotated[int | None, typer.Option("--leave-with", hidden=True)] = None,
) -> None:
    """Run one GPU worker of a farm (on the CPU where there is no GPU)."""
    if all_gpus:
        _run_on_each_card(seats, checkpoint or [])
        return
    with leaving() as left:
        if pipe is not None:
            leave_with(pipe)
        from gpuworker.worker import run_worker
        from gpuworker.workplace import Claim
        from storage.settings import Settings, read_settings

        settings = read_settings(Settings)
        _begin_service(settings)
        # Who was started for somebody's one picture is gone soon.
        claim = Claim.DEVICE if alone else Claim.CARD if pipe is None else Claim.NONE
        with _redis_ready(settings, START_TOGETHER_SECONDS, left):
            run_worker(settings, seats=seats, checkpoints=checkpoint, claim=claim)


def _run_on_each_card(seats: int | None, checkpoints: list[str]) -> None:
    """Keep a worker for each card until told to stop: in one process they would wait for one another."""
    from gpuworker.checkpoints.card import visible_cards
    from gpuworker.signals import signals_told
    from storage.settings import Settings, read_settings

    settings = read_settings(Settings)
    _begin_service(settings)
    cards = visible_cards()
    if not cards:
        fail("There is no NVIDIA GPU here that a worker could use; `darkroom doctor` says more.")
    arguments = ["--seats", str(seats)] if seats else []
    arguments += [word for name in checkpoints for word in ("--checkpoint", name)]
    with leaving(UP_SECONDS), contextlib.ExitStack() as running, signals_told() as told:
        workers = [
            running.enter_context(
                WorkerProcess(settings, keep=True, arguments=arguments, number=number, card=card)
            )
            for number, card in enumerate(cards)
        ]
        logging.getLogger("darkroom").info("%d workers run, one on each GPU", len(workers))
        while not told:
            time.sleep(_LOOK_SECONDS)
        for each in workers:
            each.leave()


@contextlib.contextmanager
def _the_only_one(settings: Settings) -> Iterator[None]:
    """Refuse a second `darkroom up` on the same data folder: two bots would answer everybody twice."""
    from filelock import FileLock, Timeout

    settings.home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.home / "up.lock", blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        fail(f"darkroom up is running with {settings.home} already: stop that one, or set DARKROOM_HOME.")
    with lock:
        yield


@contextlib.contextmanager
def _redis_ready(settings: Settings, patience: float = 0.0, left: Leaving | None = None) -> Iterator[None]:
    """Run Redis, or try the one that is set, and wait for it up to `patience` seconds; 0 is to go on without.

    Raises `redis.RedisError` if it does not come, or if waiting would not help.
    """
    import redis

    from storage.redis_trouble import may_pass, redis_trouble, try_redis

    with redis_server(settings) as server:
        if server is not None and left is not None:
            left.last = server.leave_at_once
        try:
            try_redis(settings)
        except redis.RedisError as error:
            if not may_pass(error):
                raise
            logging.getLogger("darkroom").warning("%s", redis_trouble(error, settings))
            if patience:
                try_redis(settings, patience)
        yield


def _begin_service(settings: Settings) -> None:
    """Log to the terminal, and collect garbage, for as long as the process lives."""
    from commands.logs import log_to_terminal

    gc.enable()
    log_to_terminal(settings.logs)


def _introduce(settings: Settings) -> None:
    """Announce the default checkpoint to the farm, if it is on this machine.

    A worker takes half a minute to do so. A member may type earlier, and then has a job that waits for it.
    """
    import redis

    from gpuworker.checkpoints.describe import describe
    from gpuworker.checkpoints.errors import CheckpointError
    from gpuworker.checkpoints.known import KnownWeights
    from gpuworker.checkpoints.locate import locate
    from gpuworker.registry import known_models
    from storage.connection import connect
    from storage.served import remember

    name = settings.default_checkpoint
    try:
        entry = known_models(settings).get(name)
        found = describe(
            locate(name, settings.checkpoints_folder), entry, KnownWeights(settings.weights_file)
        )
        remember(connect(settings), found.served_as(name))
    except (CheckpointError, redis.RedisError) as error:
        logging.getLogger(__name__).info("%s is offered once a worker serves it: %s", name, error)


def _run_bot(settings: BotSettings, left: Leaving, also_stop: Callable[[], None] = lambda: None) -> None:
    """Run the bot until it is told to stop; whatever else runs is told at the same moment."""
    import asyncio

    from bot.client import run_bot

    async def serve() -> None:
        bot = asyncio.ensure_future(run_bot(settings))

        def stop() -> None:
            left.begin()
            also_stop()
            bot.cancel()

        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        with contextlib.suppress(asyncio.CancelledError):
            await bot

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
