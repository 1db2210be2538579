"""`darkroom backup`: all that cannot be made again, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.terminal import out


def backup(
    archive: Annotated[Path, typer.Argument(help="The file to write, say darkroom-2027-01-31.tar.")],
) -> None:
    """Write every row of the database, every picture, and your embeddings and lists into one file.

    The bot and the workers may go on meanwhile. Checkpoints, LoRAs and settings are not in it: keep those as
    you keep other files.
    """
    import asyncio

    from storage.backup import back_up
    from storage.settings import BotSettings, read_settings

    made = asyncio.run(back_up(read_settings(BotSettings), archive.expanduser().absolute()))
    counts = f"{made.rows} rows, {made.pictures} pictures, {made.files} files"
    out.print(f"{archive}: {counts}", markup=False, soft_wrap=True)
