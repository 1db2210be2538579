"""The pictures that a job made, as files named by prompt and seed."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from commands.refusals import sentence_of
from commands.terminal import err, fail
from commands.writing import write_numbered

if TYPE_CHECKING:
    from storage.events import Finished
    from storage.recipe import AnyRecipe
    from storage.settings import Settings

_LONGEST_NAME = 60
"""Characters of a prompt in a file's name."""


def hand_over(
    settings: Settings, finished: Finished, folder: Path, as_json: bool, source: Path | None = None
) -> None:
    """Write the pictures that a job made, and print their paths.

    Raises Refused if none may be seen, or if one cannot be written, with where it is kept.

    What was made from the file `source` and has no words of its own is named like that.
    """
    paths = _write_pictures(settings, finished, folder, source)
    refused = _kept_back(finished)
    if as_json:
        typer.echo(json.dumps(_answer(finished, paths), ensure_ascii=False))
    for path in [] if as_json else paths:
        typer.echo(path)
    if refused and (paths or as_json):
        typer.echo(refused, err=True)
    if not paths and as_json:
        raise typer.Exit(1)
    if not paths:
        fail(refused or "The job made no picture.")


def print_ranks(finished: Finished) -> None:
    """Print on standard error what the best pictures were ranked by; standard output is for paths alone."""
    from rich.table import Table

    from tasks.ranks import LEGEND, ranks_table

    heading, *rows = ranks_table([picture for picture in finished.pictures if picture.blob])
    table = Table(*heading, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    err.print(table)
    err.print(LEGEND, style="dim")


def _answer(finished: Finished, paths: list[str]) -> dict[str, Any]:
    """Build what --json prints."""
    recipes = [picture.recipe.model_dump(mode="json") for picture in finished.pictures]
    answer = {"job": finished.job_id, "seconds": finished.seconds, "files": paths, "recipes": recipes}
    scores = [picture.scores and picture.scores.model_dump(mode="json") for picture in finished.pictures]
    if any(scores):
        answer["scores"] = scores
    if refused := _kept_back(finished):
        answer["kept_back"] = [
            picture.verdict.model_dump(mode="json") for picture in finished.pictures if picture.blob is None
        ]
        answer |= {} if paths else {"error": refused}
    return answer


def _kept_back(finished: Finished) -> str | None:
    """Say how many pictures the policy withheld, and why; None if there is nothing to say."""
    withheld = [picture for picture in finished.pictures if picture.blob is None]
    if not withheld:
        return None
    reasons = dict.fromkeys(reason.explanation for each in withheld for reason in each.verdict.reasons)
    share = f"{len(withheld)} of {len(finished.pictures)} pictures"
    which = "The picture" if len(finished.pictures) == 1 else share
    return f"{which} {'was' if len(withheld) == 1 else 'were'} kept back. {' '.join(reasons)}".strip()


def _write_pictures(settings: Settings, finished: Finished, folder: Path, source: Path | None) -> list[str]:
    from storage.blobs import Blobs

    blobs, paths = Blobs.open(settings), []
    seen = [(picture.blob, picture.recipe) for picture in finished.pictures if picture.blob is not None]
    for place, (blob, recipe) in enumerate(seen):
        data = blobs.get(blob)
        try:
            paths.append(str(write_numbered(folder, name_of(recipe, source), ".png", data)))
        except OSError as error:
            kept = ", ".join(blobs.address(blob) for blob, _ in seen[place:])
            fail(f"{sentence_of(error)} What is not written is kept: {kept}")
    return paths


def name_of(recipe: AnyRecipe, source: Path | None = None) -> str:
    """Name a picture's file after its prompt and seed: `a-red-boat-7`, or `a-red-boat-7-2x`, larger."""
    from storage.recipe import Upscaled, sampled

    origin = sampled(recipe)
    words = origin.prompt if origin else source.stem if source else "picture"
    parts = [_plain(words) or "picture", str(origin.noise.seed) if origin else ""]
    while isinstance(recipe, Upscaled):
        parts.append(f"{recipe.factor}x{'-detail' if recipe.detail else ''}")
        if recipe.of is None:
            break
        recipe = recipe.of
    return "-".join(filter(None, parts))


def _plain(words: str) -> str:
    """Give letters and digits of every script, joined by hyphens, and cut at a word's end if one is near."""
    plain = "-".join(re.findall(r"\w+", unicodedata.normalize("NFC", words).lower().replace("_", " ")))
    if len(plain) <= _LONGEST_NAME:
        return plain
    cut = plain[: _LONGEST_NAME + 1].rpartition("-")[0]
    return cut if len(cut) > _LONGEST_NAME // 2 else plain[:_LONGEST_NAME]
