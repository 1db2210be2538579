"""Brings a backup back into an empty place: the same version, or an older one's, which is then upgraded."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pydantic import ValidationError
from sqlalchemy import Connection

from storage.backup import FILES, FORMAT, MANIFEST, PICTURES, TABLES, Counts, Manifest
from storage.blobs import Blobs
from storage.database import Database, file_of
from storage.settings import BotSettings
from storage.table_dump import insert_rows, is_empty, link_rows, revision, tables


class NoBackup(ValueError):
    """A file that is no backup, or a place into which none can be brought back; the message is a sentence."""


async def restore(settings: BotSettings, file: Path) -> Counts:
    """Bring everything back that a backup has. All rows come, or none, and where there are some, nothing.

    Nothing is touched that is in use. Raises NoBackup, also if the database has rows already or the tables of
    another version, or the data folder other files of the same names; OSError, DatabaseAway, BlobStoreAway.
    """
    with _opened(file) as archive:
        manifest = _manifest(archive, file)
        _refuse_other_files(archive, settings.home)
        await _refuse_other_tables(settings.database_address, manifest)
        pictures = _bring_pictures(archive, Blobs.open(settings), manifest, file)
        database = await Database.open(settings.database_address, upto=manifest.revision)
        try:
            async with database.writing() as db:
                await db.run_sync(_bring_rows, archive, manifest)
        finally:
            await database.close()
        files = _bring_files(archive, settings.home)
    await (await Database.open(settings.database_address)).close()
    return Counts(sum(manifest.rows.values()), pictures, files)


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError, UnicodeDecodeError) as error:
        raise NoBackup(f"{file} is no backup of Darkroom, or it is cut off.") from error


def _manifest(archive: tarfile.TarFile, file: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(_read(archive, MANIFEST))
    except (KeyError, ValidationError) as error:
        raise NoBackup(f"{file} is no backup of Darkroom, or it is cut off.") from error
    if manifest.format > FORMAT:
        raise NoBackup(f"{file} was made by a newer version of Darkroom: update this one first.")
    return manifest


def _refuse_other_files(archive: tarfile.TarFile, home: Path) -> None:
    """Raise NoBackup where the data folder has files of its own in the place of some that would come."""
    there = [(each, place) for each, place in _own_files(archive, home) if os.path.lexists(place)]
    other = [
        place.relative_to(home).as_posix()
        for each, place in there
        if not place.is_file() or place.read_bytes() != _read(archive, each)
    ]
    if other:
        raise NoBackup(
            f"The data folder {home} has other files of these names: {', '.join(other)}. Move them away, or "
            "set DARKROOM_HOME to another folder."
        )


async def _refuse_other_tables(address: str, manifest: Manifest) -> None:
    """Raise NoBackup where the rows could not come, before pictures do that belong to none of them."""
    kept = file_of(address)
    if kept is not None and not kept.exists():
        return
    database = await Database.open(address, upto=None)
    try:
        async with database.reading() as db:
            await db.run_sync(_refuse_used, manifest)
    finally:
        await database.close()


_HAS_ROWS = (
    "The database has rows already, and a backup is brought back only into an empty one: set DARKROOM_HOME "
    "or DARKROOM_DATABASE_URL to another place."
)


def _refuse_used(connection: Connection, manifest: Manifest) -> None:
    if not is_empty(connection):
        raise NoBackup(_HAS_ROWS)
    if tables(connection) and revision(connection) != manifest.revision:
        raise NoBackup(
            "The database has the tables of another version than the backup: set DARKROOM_HOME or "
            "DARKROOM_DATABASE_URL to a place where there is none yet."
        )


def _bring_rows(connection: Connection, archive: tarfile.TarFile, manifest: Manifest) -> None:
    # Again: a bot may have been started since.
    _refuse_used(connection, manifest)
    for step in (insert_rows, link_rows):
        for table in tables(connection):
            if table in manifest.rows:
                step(connection, table, _lines(archive, table))


def _bring_pictures(archive: tarfile.TarFile, blobs: Blobs, manifest: Manifest, file: Path) -> int:
    count = 0
    for member in archive:
        folder, _, name = member.name.partition("/")
        if folder != PICTURES:
            continue
        if blobs.put(_read(archive, member)) != name.removesuffix(".png"):
            raise NoBackup(f"{file} is damaged: the picture {name} is not what it was.")
        count += 1
    if count != manifest.pictures:
        raise NoBackup(f"{file} is damaged: it has {count} of {manifest.pictures} pictures.")
    return count


def _bring_files(archive: tarfile.TarFile, home: Path) -> int:
    count = 0
    for member, target in _own_files(archive, home):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=member.mode & 0o777)
        target.write_bytes(_read(archive, member))
        count += 1
    return count


def _own_files(archive: tarfile.TarFile, home: Path) -> Iterator[tuple[tarfile.TarInfo, Path]]:
    """Yield the operator's files with their places, in the data folder whatever the archive says."""
    for member in archive:
        folder, _, name = member.name.partition("/")
        place = PurePosixPath(name)
        if folder == FILES and member.isfile() and not place.is_absolute() and ".." not in place.parts:
            yield member, home / place


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo | str) -> bytes:
    """Give a member's bytes. By its name the whole archive is searched for it, so that is for a few.

    Raises KeyError.
    """
    found = archive.extractfile(member)
    if found is None:
        raise KeyError(member)
    with found:
        return found.read()


def _lines(archive: tarfile.TarFile, table: str) -> Iterator[str]:
    found = archive.extractfile(f"{TABLES}/{table}.jsonl")
    if found is None:
        raise KeyError(table)
    with io.TextIOWrapper(found, encoding="utf-8") as lines:
        yield from lines
