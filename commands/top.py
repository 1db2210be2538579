"""`darkroom top`: a live view of a farm, in the terminal."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from commands.options import Json
from commands.terminal import out

if TYPE_CHECKING:
    from storage.overview import Overview

_EVERY_SECONDS = 1.0
_LESS_URGENT = ("bulk", "training", "relaxed")


def top(
    once: Annotated[bool, typer.Option("--once", help="Show it once and end.")] = False,
    as_json: Json = False,
) -> None:
    """Watch a farm: its queues, its workers, and what waits to be posted. Ctrl+C ends it."""
    from commands.farm import redis_server
    from storage.connection import connect
    from storage.overview import overview
    from storage.redis_trouble import try_redis
    from storage.settings import Settings, read_settings

    settings = read_settings(Settings)
    with redis_server(settings):
        try_redis(settings)
        connection = connect(settings)
        if as_json:
            now = overview(connection)
            workers = [card.model_dump() for card in now.workers]
            out.print_json(data={**asdict(now), "workers": workers})
            return
        if once:
            out.print(view_of(overview(connection)))
            return
        with Live(view_of(overview(connection)), console=out, screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(_EVERY_SECONDS)
                live.update(view_of(overview(connection)), refresh=True)


def view_of(now: Overview) -> RenderableType:
    """Lay a farm out: queues, workers, whose jobs wait, and the results that wait."""
    waiting = Text(f"{now.undelivered} results wait to be posted.")
    return Group(_queues(now), _workers(now), *([_members(now)] if now.members else []), waiting)


def _queues(now: Overview) -> Table:
    table = Table(title="Queues", title_justify="left", expand=True)
    table.add_column("checkpoint")
    for name in ("waiting", "of them bulk, training, relaxed", "running"):
        table.add_column(name, justify="right")
    for name in ("next waits", "workers", "picture-steps/s"):
        table.add_column(name, justify="right")
    for line in now.lines:
        table.add_row(
            escape(line.checkpoint),
            str(line.waiting),
            ", ".join(str(line.urgencies.get(name, 0)) for name in _LESS_URGENT) if line.waiting else "",
            str(line.running),
            f"{line.oldest_seconds:.0f} s" if line.waiting else "",
            str(line.workers) if line.workers else "[red]none[/]",
            f"{line.picture_steps_per_second:.0f}" if line.picture_steps_per_second else "",
        )
    return table


def _members(now: Overview) -> Table:
    table = Table(title="Members of whom most jobs wait", title_justify="left", expand=True)
    table.add_column("counted as")
    table.add_column("waiting", justify="right")
    for member, jobs in now.members:
        table.add_row(escape(member or "nobody in particular"), str(jobs))
    return table


def _workers(now: Overview) -> Table:
    table = Table(title="Workers", title_justify="left", expand=True)
    for name in ("name", "device"):
        table.add_column(name)
    for name in ("seats", "pictures at once"):
        table.add_column(name, justify="right")
    table.add_column("checkpoints")
    for card in now.workers:
        table.add_row(
            escape(card.name),
            escape(card.device),
            str(card.seats),
            str(card.batch),
            escape(", ".join(card.checkpoints)),
        )
    return table
