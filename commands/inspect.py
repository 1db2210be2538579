"""`darkroom inspect`: the recipe that a picture carries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.terminal import Json, fail


def inspect(
    file: Annotated[Path, typer.Argument(help="A PNG that Darkroom made.")], as_json: Json = False
) -> None:
    """Show the recipe that a picture carries."""
    from storage.recipe import parameters_text
    from storage.recipe_file import RecipeError, read_recipe

    try:
        recipe = read_recipe(file.read_bytes())
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}.")
    except RecipeError as error:
        fail(f"{file}: {error}")
    if recipe is None:
        fail(f"{file} carries no recipe: Darkroom did not make it, or another program saved it again.")
    typer.echo(recipe.model_dump_json() if as_json else parameters_text(recipe))
