"""A backup in one file: every row, every picture, and the operator's own embeddings and lists."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from moderation.told import Spelling
from storage.blobs import BlobMissing, Blobs
from storage.bundle import key_file
from storage.database import Database, file_of
from storage.settings import BotSettings
from storage.table_dump import dumped_rows, is_empty, revision, tables
from storage.values import Travelling

MANIFEST, TABLES, PICTURES, FILES = "manifest.json", "tables", "pictures", "files"
FORMAT = 1


class NotBackedUp(Exception):
    """There is nothing to back up, or nowhere to write it; the message is a sentence."""


class Manifest(Travelling):
    """What a backup says of itself: `revision` is that of the tables, the counts are of rows and pictures."""

    format: int
    revision: str
    made_at: datetime
    rows: dict[str, int]
    pictures: int = 0
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a backup has, or a restore brought back; pictures that were `damaged` are not in it."""

    rows: int
    pictures: int
    files: int
    damaged: tuple[str, ...] = ()

    def __str__(self) -> str:
        counted = "{rows} {rows:row|rows}, {pictures} {pictures:picture|pictures}, {files} {files:file|files}"
        return Spelling().format(counted, rows=self.rows, pictures=self.pictures, files=self.files)


def own_files(settings: BotSettings) -> dict[str, Path]:
    """Find the operator's files that a backup has, and this server's key, by their names in the data folder.

    Lists of names that lie elsewhere are brought back into its folder `lists`.
    """
    home, own = settings.home, settings.names
    found = [settings.models_file, key_file(home)]
    for folder in (settings.embeddings_folder, home / "lists"):
        found += folder.rglob("*")
    files = {file.relative_to(home).as_posix(): file for file in found if file.is_file()}
    if own is not None:
        folder = own if own.is_dir() else own.parent
        for file in own.rglob("*") if own.is_dir() else [own]:
            at_home = file.is_relative_to(home)
            name = file.relative_to(home) if at_home else Path("lists") / file.relative_to(folder)
            if file.is_file():
                files.setdefault(name.as_posix(), file)
    return dict(sorted(files.items()))


async def back_up(settings: BotSettings, file: Path) -> Counts:
    """Write a backup, while everything runs; it appears under its name once it is complete, for you alone.

    Its name has to be a new one. The rows are those of one moment, and pictures are added after their jobs'
    rows: none of these is missing, but for those that are deleted or damaged by then. Raises NotBackedUp,
    OSError, DatabaseAway and BlobStoreAway.
    """
    draft = file.with_name(f"{file.name}.part")
    with _written(draft, file):
        with tarfile.open(draft, "w") as archive:
            manifest = await _add_tables(settings, archive)
            pictures, damaged = _add_pictures(Blobs.open(settings), archive)
            files = own_files(settings)
            for name, each in files.items():
                archive.add(each, f"{FILES}/{name}", recursive=False)
            told = {"pictures": pictures, "files": tuple(files)}
            _add(archive, MANIFEST, manifest.model_copy(update=told).model_dump_json(indent=2).encode())
        draft.replace(file)
    return Counts(sum(manifest.rows.values()), pictures, len(files), tuple(damaged))


@contextmanager
def _written(draft: Path, file: Path) -> Iterator[None]:
    """Begin the draft and take it away in the end. Raises NotBackedUp where it cannot be written."""
    try:
        if file.is_dir():
            raise NotBackedUp(f"{file} is a folder: name a file in it.")
        if os.path.lexists(file):
            # It may be the only backup that there is, and what is no plain file is not to be replaced by one.
            raise NotBackedUp(f"{file} is there already: choose a new name, or move that away.")
        draft.touch(mode=0o600)
        yield
    except OSError as error:
        if error.filename not in (None, str(draft), str(file)):
            raise
        raise NotBackedUp(f"{file} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            draft.unlink()


async def _add_tables(settings: BotSettings, archive: tarfile.TarFile) -> Manifest:
    kept = file_of(settings.database_address)
    nothing = NotBackedUp(
        f"There are no records in {kept or 'the database'}: set DARKROOM_HOME and DARKROOM_DATABASE_URL as "
        "the bot has them."
    )
    if kept is not None and not kept.exists():
        raise nothing
    # As they are: a bot of an earlier version may be at work with them.
    database = await Database.open(settings.database_address, upto=None)
    rows: dict[str, int] = {}
    try:
        async with database.reading() as db:
            if db.dialect.name == "postgresql":
                await db.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            if await db.run_sync(is_empty):
                raise nothing
            found = await db.run_sync(revision)
            for table in await db.run_sync(tables):
                with tempfile.TemporaryFile() as lines:
                    rows[table] = 0
                    async for line in dumped_rows(db, table):
                        lines.write(line.encode() + b"\n")
                        rows[table] += 1
                    info = tarfile.TarInfo(f"{TABLES}/{table}.jsonl")
                    info.size = lines.tell()
                    lines.seek(0)
                    archive.addfile(info, lines)
    finally:
        await database.close()
    return Manifest(format=FORMAT, revision=found, made_at=datetime.now(UTC), rows=rows)


def _add_pictures(blobs: Blobs, archive: tarfile.TarFile) -> tuple[int, list[str]]:
    """Add every picture; give how many there are, and the names of those that are damaged."""
    count, damaged = 0, []
    for sha in blobs.names():
        try:
            picture = blobs.get(sha)
        except BlobMissing:
            # What is gone was deleted in the meantime, by whoever may.
            if blobs.has(sha):
                damaged.append(sha)
            continue
        _add(archive, f"{PICTURES}/{sha}.png", picture)
        count += 1
    return count, damaged


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))
