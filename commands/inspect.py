"""`darkroom inspect`: the recipes that pictures carry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import Json
from commands.recipes import recipes_in
from commands.several import each_of
from commands.terminal import fail

if TYPE_CHECKING:
    from storage.recipe import AnyRecipe


def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures that Darkroom made.")],
    as_json: Json = False,
) -> None:
    """Show the recipes that pictures carry; a grid carries that of each picture in it."""
    shown: list[Path] = []

    def answer(file: Path) -> None:
        recipes = recipes_in(file)
        if not recipes:
            fail(f"{file} carries no recipe: Darkroom did not make it, or another program saved it again.")
        for recipe in recipes:
            of = file if len(files) > 1 or len(recipes) > 1 else None
            if as_json:
                _print_json(recipe, of)
            else:
                _print_text(recipe, of, first=not shown)
            shown.append(file)

    each_of(files, answer, as_json)


def _print_json(recipe: AnyRecipe, file: Path | None) -> None:
    fields = recipe.model_dump(mode="json")
    typer.echo(json.dumps({"file": str(file), **fields} if file else fields, ensure_ascii=False))


def _print_text(recipe: AnyRecipe, file: Path | None, first: bool) -> None:
    from storage.recipe import parameters_text

    if not first:
        typer.echo()
    if file:
        typer.echo(f"{file}:")
    typer.echo(parameters_text(recipe))
