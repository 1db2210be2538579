"""`darkroom doctor`: every part checked."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
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
            checks += [check for check in _examined(part, examine) if check.part not in told]
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


def _examined(part: str, examine: Callable[[], list[Check]]) -> list[Check]:
    """Look at one part. What nobody foresaw there is a line, too, and does not hide the other parts."""
    from storage.diagnosis import Check

    try:
        return examine()
    except Exception as error:
        says = f"cannot be examined ({type(error).__name__}: {' '.join(str(error).split())[:300]})"
        return [Check(part=part, state="broken", says=says)]


@contextlib.contextmanager
def _nothing_logged() -> Iterator[None]:
    """Silence the log while what is wrong is reported in another way."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
