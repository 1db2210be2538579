"""The recipes that pictures carry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.terminal import about

if TYPE_CHECKING:
    from storage.recipe import AnyRecipe


def recipe_in(file: Path) -> AnyRecipe | None:
    """Read the recipe that a picture carries, if it is one of ours. Raises OSError, RecipeError."""
    from storage.recipe_file import read_recipe

    with about(file), file.open("rb") as opened:
        return read_recipe(opened)


def recipes_in(file: Path) -> tuple[AnyRecipe, ...]:
    """Read the recipes that a picture or a grid carries. Raises OSError, RecipeError."""
    from storage.recipe_file import read_recipes

    with about(file), file.open("rb") as opened:
        return read_recipes(opened)
