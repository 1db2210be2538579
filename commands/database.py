"""`darkroom database`: which version of Darkroom the records are for, and the way back to an earlier one."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.terminal import out


def database(
    to: Annotated[
        str, typer.Option("--take-back-to", help="The revision that the earlier version asks for.")
    ],
) -> None:
    """Take the records back to what an earlier version of Darkroom reads, while no bot runs.

    What that version has no place for is lost: back up first. The earlier version says which revision it
    asks for, and starting the later one again brings the records up to date.
    """
    import asyncio

    from storage.database import take_back
    from storage.settings import BotSettings, read_settings

    settings = read_settings(BotSettings)
    asyncio.run(take_back(settings.database_address, to))
    out.print(f"The records are as an earlier version left them, at revision {to}.")
