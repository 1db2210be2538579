"""`darkroom doctor`: every part checked."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import typer

from commands.farm import redis_server
from commands.options import Json
from commands.terminal import out


def doctor(as_json: Json = False) -> None:
    """Check every part: what is fine, what is not, and what to do."""
    import asyncio

    from bot.doctor import examine_discord
    from gpuworker.doctor import examine_worker
    from storage.doctor import examine_storage
    from storage.settings import BotSettings, read_settings

    settings = read_settings(BotSettings)
    with redis_server(settings), _nothing_logged():
        checks = [
            *asyncio.run(examine_storage(settings)),
            *examine_worker(settings),
            *asyncio.run(examine_discord(settings)),
        ]
    for check in checks:
        if as_json:
            typer.echo(check.model_dump_json())
        else:
            mark = {"fine": "[green]✓[/]", "note": "[yellow]•[/]", "broken": "[red]✗[/]"}[check.state]
            out.print(f"{mark} [bold]{check.part}[/]: ", end="")
            out.print(check.says, markup=False, soft_wrap=True)
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(1)


@contextlib.contextmanager
def _nothing_logged() -> Iterator[None]:
    """Silence the log while what is wrong is reported in another way."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
