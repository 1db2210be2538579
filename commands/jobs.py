"""`darkroom jobs set-aside`: the jobs that nobody tries any more, for the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commands.farm import redis_server
from commands.options import Json
from commands.terminal import out

if TYPE_CHECKING:
    from storage.set_aside import SetAside

jobs = typer.Typer(help="Jobs that need the operator.", no_args_is_help=True)


@jobs.callback()
def about() -> None:
    """Jobs that need the operator."""


@jobs.command("set-aside")
def set_aside(
    as_json: Json = False,
    forget: Annotated[bool, typer.Option("--forget", help="Forget them all afterwards.")] = False,
) -> None:
    """List the jobs that were given up because three workers died over them, each with all that it asked for.

    Their members were told. Whoever runs the farm finds out from what they asked for what a worker cannot
    stand: a size that no card holds, say, or a damaged checkpoint.
    """
    from storage.connection import connect
    from storage.set_aside import forget_set_aside, jobs_set_aside
    from storage.settings import Settings, read_settings

    settings = read_settings(Settings)
    with redis_server(settings):
        connection = connect(settings)
        kept = jobs_set_aside(connection)
        for each in kept:
            if as_json:
                typer.echo(each.model_dump_json())
            else:
                _print(each)
        if not kept and not as_json:
            out.print("No job was set aside.")
        if forget:
            forget_set_aside(connection)


def _print(kept: SetAside) -> None:
    from rich.markup import escape

    task = kept.job.get("task", {})
    size = f", {task['width']}x{task['height']}" if {"width", "height"} <= task.keys() else ""
    at = kept.at.astimezone()
    out.print(
        f"[bold]{escape(kept.id)}[/] {at:%Y-%m-%d %H:%M}, {kept.deaths} workers died: "
        f"{escape(str(task.get('kind')))} with {escape(str(kept.job.get('checkpoint')))}{size}",
        soft_wrap=True,
    )
    if prompt := task.get("prompt"):
        out.print(f"  {escape(str(prompt))}", soft_wrap=True)
