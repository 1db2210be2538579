"""`darkroom inspect`: the recipe that a picture carries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.recipes import recipe_in
from commands.terminal import Json, fail


def inspect(
    file: Annotated[Path, typer.Argument(help="A PNG that Darkroom made.")], as_json: Json = False
) -> None:
    """Show the recipe that a picture carries."""
    from storage.recipe import parameters_text

    recipe = recipe_in(file)
    if recipe is None:
        fail(f"{file} carries no recipe: Darkroom did not make it, or another program saved it again.")
    typer.echo(recipe.model_dump_json() if as_json else parameters_text(recipe))
