"""`darkroom inspect`: the recipes that pictures carry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import Json
from commands.other_programs import adapted_here, foreign_in
from commands.recipes import recipes_in
from commands.several import each_of
from commands.terminal import fail

if TYPE_CHECKING:
    from storage.recipe import AnyRecipe


def inspect(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Pictures that Darkroom or another program made.")
    ],
    as_json: Json = False,
) -> None:
    """Show the recipes that pictures carry; a grid carries that of each picture in it.

    Of other programs' pictures, what A1111, ComfyUI, InvokeAI, Fooocus, SwarmUI, NovelAI and civitai write is
    shown, and what of it cannot be done here.
    """
    shown: list[Path] = []

    def answer(file: Path) -> None:
        recipes = recipes_in(file)
        if not recipes:
            _tell_of_another_program(file, as_json, of=file if len(files) > 1 else None, first=not shown)
            shown.append(file)
        for recipe in recipes:
            of = file if len(files) > 1 or len(recipes) > 1 else None
            if as_json:
                _print_json(recipe, of)
            else:
                _print_text(recipe, of, first=not shown)
            shown.append(file)

    each_of(files, answer, as_json)


def _tell_of_another_program(file: Path, as_json: bool, of: Path | None, first: bool) -> None:
    """Print what another program wrote into a picture, and what cannot be done here. Raises Refused."""
    from storage.settings import Settings, read_settings

    told = foreign_in(file)
    if told is None:
        fail(
            f"{file} carries no recipe: no program that is known here made it, or another one saved it again."
        )
    near = adapted_here(told, read_settings(Settings))
    if as_json:
        drawn = {**near.fields, "checkpoint": near.checkpoint}
        fields = {**told.model_dump(mode="json"), "drawn_here": drawn, "not_here": list(near.missed)}
        typer.echo(json.dumps({"file": str(of), **fields} if of else fields, ensure_ascii=False))
        return
    if not first:
        typer.echo()
    if of:
        typer.echo(f"{of}:")
    typer.echo("\n".join((told.text, *near.missed)))


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
