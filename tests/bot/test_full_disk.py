"""One disk under Redis, the records and the pictures, and it is full: members and the doctor hear of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import DatabaseFull
from storage.doctor import examine_storage
from storage.embedded_redis import EmbeddedRedis
from storage.events import Result
from storage.records.jobs import JobRecords
from storage.settings import BotSettings, Settings
from tests.bot.conftest import PATIENCE, Chat, is_result, running_worker
from tests.conftest import small_disk
from tests.discord_emulator import DiscordEmulator

SLOW = {"prompt": "a tree", "quality": "fine", "count": 1}


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """A disk without one byte of room while the block lasts."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(1))
    try:
        yield
    finally:
        filler.unlink()


@pytest.mark.slow
async def test_a_disk_that_is_full_under_everything_is_told_within_seconds_and_loses_nothing(
    emulator: DiscordEmulator, tmp_path: Path, kept_in_folders: None
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with small_disk(home, "size=24m"), EmbeddedRedis(home / "redis"), running_worker(Settings(home=home)):
        chat = Chat(emulator, BotSettings(home=home))
        await chat.start_bot()
        try:
            await chat.imagine(count=1, quality="draft")
            runs = [await chat.ada.command(chat.channel, "imagine", **SLOW) for _ in range(3)]
            asked = [await run.message(within=PATIENCE) for run in runs]
            with full(home):
                late = await (await chat.ada.command(chat.channel, "imagine", prompt="late")).message()
                assert late.ephemeral
                assert "The disk that holds the studio's records is full" in late.content
                for message in asked:
                    await message.wait(lambda message: "cannot write to its disk" in message.content, 30)
                checks = {check.part: check for check in await examine_storage(chat.settings)}
                for part in ("data folder", "Redis", "database", "pictures"):
                    assert checks[part].state == "broken"
                    assert "make room there" in checks[part].says
            for run in runs:
                await run.message(is_result, within=2 * PATIENCE)
            assert len([message for message in chat.channel.messages if is_result(message)]) == 4
        finally:
            await chat.stop_bot()


async def test_a_result_that_cannot_be_recorded_says_so_and_comes_once_there_is_room(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_room = asyncio.Event()
    record_result = JobRecords.record_result

    async def recorded(records: JobRecords, result: Result) -> bool:
        if not has_room.is_set():
            raise DatabaseFull("The disk that holds the database is full.")
        return await record_result(records, result)

    monkeypatch.setattr(JobRecords, "record_result", recorded)
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", quality="draft", count=1)
    asked = await run.message(lambda message: "there is room for my records" in message.content, PATIENCE)
    has_room.set()
    await asked.wait(is_result, PATIENCE)
    assert len(chat.channel.messages) == 1
