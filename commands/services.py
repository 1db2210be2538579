"""`darkroom up`, `bot` and `worker`: what runs until it is stopped."""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from commands.farm import redis_server, worker_process
from commands.terminal import fail

if TYPE_CHECKING:
    from storage.settings import BotSettings, Settings

START_TOGETHER_SECONDS = 30.0
"""When all parts start at once, Redis may be the last one up; and it loads its journal first."""


def up() -> None:
    """Run everything on this machine: Redis unless a URL is set, one worker, the bot."""
    from storage.settings import BotSettings, read_settings

    settings = read_settings(BotSettings)
    if settings.discord_token is None:
        fail(
            "No Discord token: set DARKROOM_DISCORD_TOKEN (the README shows where it comes from). "
            "Without Discord, try: darkroom imagine 'a red circle over the sea'"
        )
    _begin_service()
    with _redis_ready(settings), worker_process(settings, keep=True):
        _introduce(settings)
        _run_bot(settings)


def bot() -> None:
    """Run the Discord side of a farm."""
    from storage.settings import BotSettings, read_settings

    settings = read_settings(BotSettings)
    _begin_service()
    with _redis_ready(settings):
        _introduce(settings)
        _run_bot(settings)


def worker(
    seats: Annotated[int | None, typer.Option(min=1, help="Jobs taken at once.")] = None,
    checkpoint: Annotated[
        list[str] | None, typer.Option(help="Serve only this checkpoint; may be repeated.")
    ] = None,
) -> None:
    """Run one GPU worker of a farm (on the CPU where there is no GPU)."""
    from gpuworker.worker import run_worker
    from storage.settings import Settings, read_settings

    settings = read_settings(Settings)
    _begin_service()
    with _redis_ready(settings, START_TOGETHER_SECONDS):
        run_worker(settings, seats=seats, checkpoints=checkpoint)


@contextlib.contextmanager
def _redis_ready(settings: Settings, patience: float = 0.0) -> Iterator[None]:
    """Run Redis, or try the one that is set, and wait for it up to `patience` seconds; 0 is to go on without.

    Raises `redis.RedisError` if it does not come, or if waiting would not help.
    """
    import redis

    from storage.redis_trouble import may_pass, redis_trouble, try_redis

    with redis_server(settings):
        try:
            try_redis(settings)
        except redis.RedisError as error:
            if not may_pass(error):
                raise
            logging.getLogger("darkroom").warning("%s", redis_trouble(error, settings))
            if patience:
                try_redis(settings, patience)
        yield


def _begin_service() -> None:
    """Log to the terminal, and collect garbage, for as long as the process lives."""
    gc.enable()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("discord").setLevel(logging.WARNING)


def _introduce(settings: Settings) -> None:
    """Announce the default checkpoint to the farm, if it is on this machine.

    A worker takes half a minute to do so. A member may type earlier, and then has a job that waits for it.
    """
    import redis

    from gpuworker.checkpoints.describe import describe
    from gpuworker.checkpoints.errors import CheckpointError
    from gpuworker.checkpoints.locate import locate
    from storage.connection import connect
    from storage.served import ServedCheckpoint, remember

    name = settings.default_checkpoint
    try:
        found = describe(locate(name, settings.checkpoints_folder))
        remember(connect(settings), ServedCheckpoint(name=name, hash=found.hash, side=found.side))
    except (CheckpointError, redis.RedisError) as error:
        logging.getLogger(__name__).info("%s is offered once a worker serves it: %s", name, error)


def _run_bot(settings: BotSettings) -> None:
    import asyncio

    from bot.client import run_bot

    async def serve() -> None:
        bot = asyncio.ensure_future(run_bot(settings))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, bot.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await bot

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
