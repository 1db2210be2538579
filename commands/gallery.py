"""`darkroom gallery`: the faces that are known everywhere, whoever is named or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from commands.options import Json
from commands.terminal import about

if TYPE_CHECKING:
    from moderation.gallery import Learned
    from storage.records.gallery import GalleryRecords

T = TypeVar("T")

gallery = typer.Typer(
    no_args_is_help=True,
    help="Teach the bot whose faces are known: they are judged as their names are.",
)


@gallery.command()
def learn(
    name: Annotated[str, typer.Argument(help="Whose face it is.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures with that one face each.")],
) -> None:
    """Learn a face from pictures. What is kept are numbers that describe it, not the pictures."""
    from moderation.rules.names import as_listed

    learned = [_learned(as_listed(name), file) for file in files]
    with_records(lambda records: records.learn(None, learned, None))
    typer.echo(f"{learned[0].name}: {len(learned)}")


@gallery.command(name="list")
def listing(as_json: Json = False) -> None:
    """List the names, and from how many pictures each was learned."""
    names = with_records(lambda records: records.names(None))
    for name, count in names.items():
        typer.echo(json.dumps({"name": name, "pictures": count}) if as_json else f"{name}: {count}")


@gallery.command()
def forget(name: Annotated[str, typer.Argument(help="Whom to forget.")]) -> None:
    """Forget a name with all that was learned of it."""
    from commands.terminal import fail

    if not with_records(lambda records: records.forget(None, name, None)):
        fail(f"There is nobody named {name} in the gallery: darkroom gallery list has the names.")


def _learned(name: str, file: Path) -> Learned:
    from commands.intake import file_bytes
    from moderation.gallery import learn
    from storage.intake import LARGEST_OF_OURS, look_at

    data = file_bytes(file, LARGEST_OF_OURS)
    with about(file):
        return learn(name, look_at(data), _checkpoint_of(file))


def _checkpoint_of(file: Path) -> str:
    """Give what made a picture, "" if it does not say so."""
    from commands.recipes import recipe_in
    from storage.recipe_file import RecipeError

    try:
        recipe = recipe_in(file)
    except RecipeError:
        return ""
    return recipe.checkpoint if recipe else ""


def with_records(do: Callable[[GalleryRecords], Awaitable[T]]) -> T:
    """Do something with the known faces, and give what comes of it. Raises DatabaseAway and SettingsError."""
    from storage.database import Database
    from storage.records.gallery import GalleryRecords
    from storage.settings import BotSettings, read_settings

    async def done() -> T:
        database = await Database.open(read_settings(BotSettings).database_address)
        try:
            return await do(GalleryRecords(database))
        finally:
            await database.close()

    return asyncio.run(done())
