"""`darkroom alive`: whether a bot or a worker goes on working, for the health checks of whatever runs it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from commands.terminal import fail


class Part(StrEnum):
    """What may be asked about."""

    BOT = "bot"
    WORKER = "worker"


def alive(
    part: Annotated[Part, typer.Argument(help="What runs on this machine, or in this container.")],
) -> None:
    """Say whether a bot or a worker on this machine goes on working: exit status 0 if so."""
    from storage.heartbeat import hangs_for_long, silent_for
    from storage.settings import Settings, read_settings

    settings = read_settings(Settings)
    silence = silent_for(settings.home, part.value)
    if silence is None:
        fail(f"No {part} with the data folder {settings.home} is at work on this machine.")
    if hangs := hangs_for_long(settings.home, part.value):
        fail(hangs)
    typer.echo(f"The {part} is at work: its last sign of life is {max(0.0, silence):.0f} s old.")
