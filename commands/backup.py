"""`darkroom backup`: all that cannot be made again, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.terminal import fail, out


def backup(
    archive: Annotated[Path, typer.Argument(help="A new file to write, say darkroom-2027-01-31.tar.")],
) -> None:
    """Write every row of the database, every picture, your embeddings, lists and key into one file.

    The bot and the workers may go on meanwhile. Keep the file to yourself: whoever has the key can sign as
    this server. Checkpoints, LoRAs and settings are not in it: keep those as you keep other files.
    """
    import asyncio

    from storage.backup import back_up
    from storage.settings import BotSettings, read_settings

    made = asyncio.run(back_up(read_settings(BotSettings), archive.expanduser().absolute()))
    out.print(f"{archive}: {made}", markup=False, soft_wrap=True)
    if made.damaged:
        fail(
            f"It is written, but for pictures that are damaged in the store ({len(made.damaged)}): bring "
            f"them back from an older backup, or delete them there: {', '.join(made.damaged)}"
        )
