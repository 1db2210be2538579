"""`darkroom embeddings`: a server's embeddings, and taking them to other servers as signed bundles."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.farm import redis_server
from commands.options import Checkpoint, Json
from commands.terminal import fail, out
from commands.writing import write_whole

if TYPE_CHECKING:
    from bot.bundles import Room
    from storage.records.carry_over import CarryOver
    from storage.records.embeddings import EmbeddingRecord
    from storage.served import ServedCheckpoint
    from storage.settings import BotSettings

embeddings = typer.Typer(help="Look at a server's embeddings; take them to other servers, or in from them.")

Server = Annotated[int, typer.Option("--server", help="Discord's id of the server.")]


@embeddings.command("list")
def list_embeddings(server: Server, as_json: Json = False) -> None:
    """List what a server has published, the most used first."""

    async def look() -> list[EmbeddingRecord]:
        async with _room(_settings()) as room:
            return await room.records.seen_by(server, 0)

    for record in asyncio.run(look()):
        said = {
            "name": record.name,
            "author": record.author,
            "licence": record.licence,
            "family": record.family,
            "uses": record.uses,
            "file": record.file,
            "shared": record.shared,
        }
        if as_json:
            typer.echo(json.dumps(said, ensure_ascii=False))
        else:
            out.print(f"{record.name} by {record.author} ({record.licence}), used {record.uses} times")


@embeddings.command("export")
def export_embedding(
    name: Annotated[str, typer.Argument(help="The embedding.")],
    file: Annotated[Path, typer.Argument(help="Where to write the bundle.")],
    server: Server,
) -> None:
    """Write an embedding, signed, into a file that another server can import."""

    async def pack() -> bytes:
        from bot.bundles import packed

        settings = _settings()
        async with _room(settings) as room:
            record = await room.records.named(server, name)
            if record is None:
                fail(f"The server {server} has no embedding called {name}.")
            return await packed(room, record, settings.home)

    write_whole(file, asyncio.run(pack()))
    typer.echo(str(file))


@embeddings.command("import")
def import_embedding(
    file: Annotated[Path, typer.Argument(help="The bundle.", exists=True, dir_okay=False)],
    server: Server,
    name: Annotated[str | None, typer.Option("--name", help="What to call it instead.")] = None,
) -> None:
    """Publish another server's embedding in this one, once its signature and all of it is checked."""

    async def take() -> EmbeddingRecord:
        from bot.bundles import taken_in

        async with _room(settings, checkpoints) as room:
            return await taken_in(room, file.read_bytes(), server, name)

    settings = _settings()
    checkpoints = _checkpoints(settings)
    record = asyncio.run(take())
    typer.echo(f"{record.name} by {record.author}, signed by the key {record.signed_by}")


@embeddings.command("carry-over")
def carry_over(
    server: Server,
    checkpoint: Checkpoint = None,
    again: Annotated[
        str | None, typer.Option("--again", metavar="NAME", help="Have the bot try once more with this one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List which of a server's embeddings the bot carries over to a checkpoint, and what became of them."""

    async def look() -> list[tuple[str, CarryOver]]:
        from storage.database import Database
        from storage.records.carry_over import CarryOverRecords, State

        database = await Database.open(settings.database_address)
        try:
            records = CarryOverRecords(database)
            found = await records.of_server(server, checkpoint or settings.default_checkpoint)
            if again is not None:
                ended = [each for name, each in found if name.casefold() == again.casefold()]
                if not ended or ended[0].state in (State.BEGUN, State.CARRIED):
                    fail(f"There is no embedding called {again} that could not be carried over.")
                await records.forget(ended[0].job_id)
            return found
        finally:
            await database.close()

    settings = _settings()
    for name, each in asyncio.run(look()):
        if as_json:
            said = {"name": name, "state": each.state, "likeness": each.likeness, "failure": each.failure}
            typer.echo(json.dumps(said, ensure_ascii=False))
        else:
            left = f", {each.likeness:.0%} of its likeness" if each.likeness is not None else ""
            out.print(f"{name}: {each.state}{left}{f'. {each.failure}' if each.failure else ''}")


@contextlib.asynccontextmanager
async def _room(settings: BotSettings, checkpoints: Collection[ServedCheckpoint] = ()) -> AsyncIterator[Room]:
    """Open the records, the blobs and what judges previews."""
    from bot.bundles import Room
    from bot.review import Reviewer
    from storage.blobs import Blobs
    from storage.database import Database
    from storage.intake.cleaner import Cleaner
    from storage.records.embeddings import EmbeddingRecords
    from storage.records.gallery import GalleryRecords

    database, cleaner = await Database.open(settings.database_address), Cleaner(processes=1)
    try:
        yield Room(
            EmbeddingRecords(database),
            GalleryRecords(database),
            Blobs.open(settings),
            Reviewer.load(),
            cleaner,
            checkpoints,
        )
    finally:
        await cleaner.aclose()
        await database.close()


def _settings() -> BotSettings:
    from storage.settings import BotSettings, read_settings

    return read_settings(BotSettings)


def _checkpoints(settings: BotSettings) -> list[ServedCheckpoint]:
    """List the checkpoints that the farm has served, in alphabetical order."""
    from storage.connection import connect
    from storage.served import served

    with redis_server(settings):
        return [checkpoint for _, checkpoint in sorted(served(connect(settings)).items())]
