"""A backup in one file: every row, every picture, and the operator's own embeddings and lists."""

from __future__ import annotations

import io
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from moderation.told import Spelling
from storage.blobs import Blobs
from storage.bundle import key_file
from storage.database import Database
from storage.settings import BotSettings
from storage.table_dump import dumped_rows, revision, tables
from storage.values import Travelling

MANIFEST, TABLES, PICTURES, FILES = "manifest.json", "tables", "pictures", "files"
FORMAT = 1


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
    """How much a backup has, or a restore brought back."""

    rows: int
    pictures: int
    files: int

    def __str__(self) -> str:
        counted = "{rows} {rows:row|rows}, {pictures} {pictures:picture|pictures}, {files} {files:file|files}"
        return Spelling().format(counted, **asdict(self))


def own_files(settings: BotSettings) -> list[Path]:
    """List the operator's files that a backup has, relative to the data folder, and this server's key."""
    folders = (settings.embeddings_folder, settings.home / "lists")
    kept = [
        settings.models_file,
        key_file(settings.home),
        *(file for folder in folders for file in folder.rglob("*")),
    ]
    return sorted(file.relative_to(settings.home) for file in kept if file.is_file())


async def back_up(settings: BotSettings, file: Path) -> Counts:
    """Write a backup, while everything runs; it appears under its name once it is complete, for you alone.

    The rows are those of one moment, and pictures are added after their jobs' rows: none of these is missing.
    Raises OSError, DatabaseAway, BlobStoreAway, and BlobMissing if a picture is damaged.
    """
    draft = file.with_name(f"{file.name}.part")
    try:
        draft.touch(mode=0o600)
        with tarfile.open(draft, "w") as archive:
            manifest = await _add_tables(settings, archive)
            pictures = _add_pictures(Blobs.open(settings), archive)
            files = own_files(settings)
            for each in files:
                archive.add(settings.home / each, f"{FILES}/{each.as_posix()}", recursive=False)
            told = {"pictures": pictures, "files": tuple(each.as_posix() for each in files)}
            _add(archive, MANIFEST, manifest.model_copy(update=told).model_dump_json(indent=2).encode())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return Counts(sum(manifest.rows.values()), pictures, len(files))


async def _add_tables(settings: BotSettings, archive: tarfile.TarFile) -> Manifest:
    database = await Database.open(settings.database_address)
    rows: dict[str, int] = {}
    try:
        async with database.reading() as db:
            if db.dialect.name == "postgresql":
                await db.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
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


def _add_pictures(blobs: Blobs, archive: tarfile.TarFile) -> int:
    count = 0
    for sha in blobs.names():
        _add(archive, f"{PICTURES}/{sha}.png", blobs.get(sha))
        count += 1
    return count


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))
