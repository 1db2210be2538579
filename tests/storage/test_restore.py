"""A restore brings all or nothing, into an empty place, and nothing out of the folders that it may write."""

from __future__ import annotations

import asyncio
import io
import tarfile
from pathlib import Path
from typing import IO

import pytest
from pydantic import SecretStr

from storage.backup import back_up
from storage.blobs import Blobs
from storage.database import Database
from storage.records.jobs import JobRecords
from storage.restore import NoBackup, restore
from storage.settings import BotSettings
from tests.conftest import a_job
from tests.storage.conftest import an_origin
from tests.storage.test_backup import fill, settings

pytestmark = pytest.mark.usefixtures("kept_in_folders")


@pytest.fixture
async def backup(tmp_path: Path) -> Path:
    known = settings(tmp_path / "before", f"sqlite+aiosqlite:///{tmp_path}/before.db")
    await fill(known)
    await back_up(known, tmp_path / "backup.tar")
    return tmp_path / "backup.tar"


@pytest.fixture
def after(tmp_path: Path) -> BotSettings:
    return BotSettings(home=tmp_path / "after", database_url=SecretStr(f"sqlite:///{tmp_path}/after.db"))


def changed(backup: Path, name: str, data: bytes | None) -> Path:
    """A copy in which one member has other bytes, or is missing."""
    copy = backup.with_name("changed.tar")
    with tarfile.open(backup) as old, tarfile.open(copy, "w") as new:
        for member in old:
            found = old.extractfile(member)
            said = found.read() if found else b""
            if member.name.startswith(name):
                if data is None:
                    continue
                said, member.size = data, len(data)
            new.addfile(member, io.BytesIO(said))
        if data is not None and name.startswith("files/.."):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            new.addfile(info, io.BytesIO(data))
    return copy


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("manifest.json", None, "is no backup of Darkroom"),
        ("manifest.json", b"{}", "is no backup of Darkroom"),
        ("manifest.json", b'{"format": 9, "revision": "1", "made_at": 0, "rows": {}}', "newer version"),
        ("pictures/", b"other bytes", "is not what it was"),
        ("pictures/", None, "0 of 3 pictures"),
    ],
)
async def test_a_damaged_backup_is_refused_and_no_row_comes(
    backup: Path, after: BotSettings, name: str, data: bytes | None, sentence: str
) -> None:
    with pytest.raises(NoBackup, match=sentence):
        await restore(after, changed(backup, name, data))
    assert not (after.home.parent / "after.db").exists()


async def test_what_is_no_archive_is_refused(after: BotSettings, backup: Path, tmp_path: Path) -> None:
    for said in (b"no archive" * 1000, backup.read_bytes()[:5000]):  # noqa: ASYNC240
        await asyncio.to_thread((tmp_path / "no").write_bytes, said)
        with pytest.raises(NoBackup, match="is no backup of Darkroom, or it is cut off"):
            await restore(after, tmp_path / "no")


async def test_rows_that_are_there_are_left_alone(backup: Path, after: BotSettings) -> None:
    database = await Database.open(after.database_address)
    await JobRecords(database).add(job := a_job(), an_origin())
    with pytest.raises(NoBackup, match="has rows already"):
        await restore(after, backup)
    assert [record.job for record in await JobRecords(database).unfinished()] == [job]
    assert list(Blobs.open(after).names()) == [], "nor do pictures come back that somebody deleted"
    await database.close()


async def test_tables_of_another_version_are_told_before_anything_comes(
    backup: Path, after: BotSettings
) -> None:
    await (await Database.open(after.database_address, upto="0019")).close()
    with pytest.raises(NoBackup, match="the tables of another version"):
        await restore(after, backup)
    assert list(Blobs.open(after).names()) == []
    assert not (after.home / "server.key").exists()


@pytest.mark.parametrize("name", ["models.toml", "server.key", "embeddings/mine.safetensors"])
async def test_files_of_a_used_folder_are_left_alone(backup: Path, after: BotSettings, name: str) -> None:
    (after.home / name).parent.mkdir(parents=True)
    (after.home / name).write_text("of somebody else's")
    with pytest.raises(NoBackup, match=rf"has other files of these names: {name}\. Move them away"):
        await restore(after, backup)
    assert (after.home / name).read_text() == "of somebody else's"
    assert not (after.home.parent / "after.db").exists()
    assert not (after.home / "blobs").exists()


async def test_files_that_are_there_already_as_they_were_are_no_hindrance(
    backup: Path, after: BotSettings
) -> None:
    known = settings(after.home.parent / "before", "sqlite+aiosqlite://")
    (after.home / "embeddings").mkdir(parents=True)
    for name in ("server.key", "embeddings/mine.safetensors"):
        (after.home / name).write_bytes((known.home / name).read_bytes())
    assert (await restore(after, backup)).files == 4


async def test_nothing_is_searched_for_by_its_name_of_which_there_may_be_a_million(
    backup: Path, after: BotSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search looks through the whole archive, so that of all its pictures would take hours."""
    asked: list[object] = []
    extract = tarfile.TarFile.extractfile

    def noted(archive: tarfile.TarFile, member: tarfile.TarInfo | str) -> IO[bytes] | None:
        asked.append(member)
        return extract(archive, member)

    monkeypatch.setattr(tarfile.TarFile, "extractfile", noted)
    assert (await restore(after, backup)).pictures == 3
    searched = {str(each).partition("/")[0] for each in asked if isinstance(each, str)}
    assert searched == {"manifest.json", "tables"}


async def test_no_file_is_written_elsewhere(backup: Path, after: BotSettings, tmp_path: Path) -> None:
    await restore(after, changed(backup, "files/../escaped", b"bad"))
    assert not (tmp_path / "escaped").exists()
