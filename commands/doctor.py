"""`darkroom doctor`: every part checked."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from commands.farm import redis_server
from commands.options import Json
from commands.terminal import out

if TYPE_CHECKING:
    from storage.diagnosis import Check
    from storage.settings import BotSettings


def doctor(as_json: Json = False) -> None:
    """Check every part: what is fine, what is not, and what to do."""
    import asyncio

    from bot.doctor import examine_discord
    from gpuworker.doctor import examine_worker
    from storage.diagnosis import examined
    from storage.doctor import examine_storage
    from storage.settings import BotSettings, read_settings

    settings = read_settings(BotSettings)
    with _nothing_logged(), contextlib.ExitStack() as embedded:
        checks = _embedded_redis(settings, embedded)
        for part, examine in (
            ("storage", lambda: asyncio.run(examine_storage(settings))),
            ("worker", lambda: examine_worker(settings)),
            ("Discord", lambda: asyncio.run(examine_discord(settings))),
        ):
            told = {check.part for check in checks if check.state == "broken"}
            checks += [check for check in examined(part, examine) if check.part not in told]
    for check in checks:
        if as_json:
            typer.echo(check.model_dump_json())
        else:
            mark = {"fine": "[green]✓[/]", "note": "[yellow]•[/]", "broken": "[red]✗[/]"}[check.state]
            out.print(f"{mark} [bold]{check.part}[/]: ", end="")
            out.print(check.says, markup=False, soft_wrap=True)
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(1)


def _embedded_redis(settings: BotSettings, until: contextlib.ExitStack) -> list[Check]:
    """Start the embedded Redis, if that is the one; if it does not start, that is a line like the others."""
    from storage.diagnosis import Check
    from storage.embedded_redis import RedisNotStarted

    try:
        until.enter_context(redis_server(settings))
    except RedisNotStarted as error:
        return [Check(part="Redis", state="broken", says=str(error))]
    return []


@contextlib.contextmanager
def _nothing_logged() -> Iterator[None]:
    """Silence the log while what is wrong is reported in another way."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
