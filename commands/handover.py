"""The pictures that a job made, as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from commands.terminal import err, fail
from storage.errors import reason_of

if TYPE_CHECKING:
    from storage.events import Finished
    from storage.settings import Settings


def hand_over(settings: Settings, finished: Finished, folder: Path, as_json: bool) -> None:
    """Write the pictures that a job made, and name them."""
    paths = _write_pictures(settings, finished, folder)
    if as_json:
        recipes = [picture.recipe.model_dump(mode="json") for picture in finished.pictures]
        answer = {"job": finished.job_id, "seconds": finished.seconds, "files": paths, "recipes": recipes}
        scores = [picture.scores and picture.scores.model_dump(mode="json") for picture in finished.pictures]
        if any(scores):
            answer["scores"] = scores
        typer.echo(json.dumps(answer))
    else:
        for path in paths:
            typer.echo(path)
    withheld = len(finished.pictures) - len(paths)
    if withheld:
        err.print(f"{withheld} of {len(finished.pictures)} pictures were kept back by the policy.")
    if not paths:
        raise typer.Exit(1)


def print_ranks(finished: Finished) -> None:
    """Say on the standard error by what the best pictures were ranked; the paths alone are the answer."""
    from rich.table import Table

    from tasks.ranks import LEGEND, ranks_table

    heading, *rows = ranks_table([picture for picture in finished.pictures if picture.blob])
    table = Table(*heading, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    err.print(table)
    err.print(LEGEND, style="dim")


def _write_pictures(settings: Settings, finished: Finished, folder: Path) -> list[str]:
    from storage.blobs import BlobMissing, Blobs, BlobStoreAway

    paths = []
    try:
        blobs = Blobs.open(settings)
        folder.mkdir(parents=True, exist_ok=True)
        for place, picture in enumerate(finished.pictures, start=1):
            if picture.blob is None:
                continue
            path = folder / f"{finished.job_id}-{place}.png"
            path.write_bytes(blobs.get(picture.blob))
            paths.append(str(path))
    except OSError as error:
        fail(f"The pictures cannot be written to {folder}: {reason_of(error)}.")
    except (BlobMissing, BlobStoreAway) as error:
        fail(str(error))
    return paths
