"""`darkroom misfires`: pictures in which people came out wrong, for whoever trains models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from commands.options import Json
from commands.terminal import Written, about, fail
from commands.writing import write_whole

misfires = typer.Typer(help="Pictures in which people came out wrong, if you chose to keep them.")


@misfires.callback()
def kept() -> None:
    """Hand on pictures in which people came out wrong; they are kept with DARKROOM_MISFIRES=pictures."""


@misfires.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where they go; made if it is not there.")],
    as_json: Json = False,
) -> None:
    """Write the pictures and, in COCO's format, what is wrong in each: annotations.json and images/."""
    from storage.misfires import Misfires, as_coco
    from storage.settings import Settings, read_settings

    found = list(Misfires(read_settings(Settings).home))
    if not found:
        fail("No misfires are kept here. With DARKROOM_MISFIRES=pictures the bot keeps them from now on.")
    with about(folder, Written):
        (folder / "images").mkdir(parents=True, exist_ok=True)
        named = [(misfire, f"{number:06d}.png") for number, (misfire, _) in enumerate(found, start=1)]
        for (_, picture), (_, name) in zip(found, named, strict=True):
            shutil.copyfile(picture, folder / "images" / name)
        file = folder / "annotations.json"
        write_whole(file, json.dumps(as_coco(named), ensure_ascii=False).encode())
    if as_json:
        typer.echo(json.dumps({"pictures": len(found), "annotations": str(file)}))
    else:
        typer.echo(f"{len(found)} pictures, and what is wrong in them, in {file}")
