"""`darkroom restore`: brings a backup back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.terminal import out


def restore(
    archive: Annotated[Path, typer.Argument(help="A file that darkroom backup wrote.")],
) -> None:
    """Bring back what darkroom backup wrote, into a database without rows: from SQLite into Postgres too.

    What is there already is left alone. Start the bot afterwards: jobs that were open go on.
    """
    import asyncio

    from storage.restore import restore as bring_back
    from storage.settings import BotSettings, read_settings

    made = asyncio.run(bring_back(read_settings(BotSettings), archive.expanduser().absolute()))
    out.print(f"{archive}: {made}", markup=False, soft_wrap=True)
