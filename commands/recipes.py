"""The recipes that pictures carry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.terminal import fail
from storage.errors import reason_of

if TYPE_CHECKING:
    from storage.recipe import AnyRecipe


def recipe_in(file: Path) -> AnyRecipe | None:
    """The recipe that a picture carries, if it is one of ours."""
    from storage.recipe_file import RecipeError, read_recipe

    try:
        with file.open("rb") as opened:
            return read_recipe(opened)
    except OSError as error:
        fail(f"{file} cannot be read: {reason_of(error)}.")
    except RecipeError as error:
        fail(f"{file}: {error}")
