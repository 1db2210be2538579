"""What is written into the message of a job that is not done yet, and that nothing is once it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from bot.delivery import progress as module
from bot.delivery.progress import ProgressBoard
from storage.database import DatabaseAway
from storage.events import Cancelled, Progress, results_of
from storage.farm import Wait
from storage.records.jobs import JobRecord, JobRecords
from storage.records.origin import Origin
from storage.shards import ALL, Shards
from tests.bot.conftest import eventually
from tests.bot.delivery.conftest import recorded
from tests.conftest import a_job

NEXT = Wait(position=1, seconds=2.0, workers=1)


class Discord:
    """A client whose answers are lists; an edit takes as long as `may_answer` has it."""

    def __init__(self, records: JobRecords) -> None:
        self.studio = SimpleNamespace(jobs=records, settings=SimpleNamespace(shards=ALL), redis_async=None)
        self.application_id = 7
        self.written: list[str] = []
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def get_channel(self, channel_id: int) -> None:
        """Nothing is known of it, so that its policy is the strictest."""

    def answer_of(self, record: JobRecord) -> Discord:
        return self

    def answer_id(self, record: JobRecord) -> int:
        return 1

    async def edit_message(self, message_id: int, *, content: str, **_: object) -> None:
        self.asked.set()
        await self.may_answer.wait()
        self.written.append(content)


@pytest.fixture
def discord(records: JobRecords) -> Discord:
    return Discord(records)


@pytest.fixture
async def board(discord: Discord, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ProgressBoard]:
    """A board that edits at once; nobody tells it of progress."""
    monkeypatch.setattr(module, "EDIT_INTERVAL", 0.0)
    monkeypatch.setattr(module, "_TICK", 0.05)
    client: Any = discord
    board = ProgressBoard(client)
    editing = asyncio.create_task(board._edit_forever())
    yield board
    editing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await editing


async def a_while() -> None:
    """Long enough for several edits."""
    await asyncio.sleep(0.5)


async def one_edit(discord: Discord) -> str:
    """What is written first; nothing comes after it."""
    await eventually(lambda: discord.written)
    await a_while()
    (written,) = discord.written
    return written


async def test_an_open_job_shows_its_place(
    records: JobRecords, board: ProgressBoard, discord: Discord
) -> None:
    board.wait(await recorded(records), NEXT)
    assert "Next in the queue, about 2.0 s." in await one_edit(discord)


async def test_a_job_that_closed_since_it_was_looked_at_is_left_alone(
    records: JobRecords, board: ProgressBoard, discord: Discord
) -> None:
    """Whoever looks at thousands of jobs writes long after looking."""
    stale, other = await recorded(records), await recorded(records)
    await records.record_result(Cancelled(job_id=stale.job.id))
    async with board.closing(stale.job.id):
        await records.mark_posted(stale.job.id, 1, 2, shown=0)
    board.wait(stale, NEXT)
    board.wait(other, NEXT)
    assert await one_edit(discord)
    assert set(board._watched) == {other.job.id}


async def test_nothing_is_written_while_a_result_is_told(
    records: JobRecords, board: ProgressBoard, discord: Discord
) -> None:
    record = await recorded(records)
    await records.record_result(Cancelled(job_id=record.job.id))
    async with board.closing(record.job.id):
        board.wait(record, NEXT)
        await a_while()
    await a_while()
    assert discord.written == []


async def test_a_result_is_told_after_an_edit_that_has_begun(
    records: JobRecords, board: ProgressBoard, discord: Discord
) -> None:
    record = await recorded(records)
    discord.may_answer.clear()
    board.wait(record, NEXT)
    await asyncio.wait_for(discord.asked.wait(), 60)

    async def tell() -> None:
        await records.record_result(Cancelled(job_id=record.job.id))
        async with board.closing(record.job.id):
            discord.written.append("the result")

    telling = asyncio.create_task(tell())
    await a_while()
    assert discord.written == []
    discord.may_answer.set()
    await telling
    board.wait(record, Wait(position=2, seconds=None, workers=1))
    await a_while()
    assert len(discord.written) == 2
    assert discord.written[-1] == "the result"


async def test_a_job_is_forgotten_also_when_telling_its_result_fails(
    records: JobRecords, board: ProgressBoard
) -> None:
    record = await recorded(records)
    board.wait(record, NEXT)
    with pytest.raises(OSError, match="Discord is away"):
        async with board.closing(record.job.id):
            raise OSError("Discord is away")
    assert board._watched == {}


async def test_without_the_records_nothing_is_written(
    records: JobRecords, board: ProgressBoard, discord: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await recorded(records)

    async def away(job_id: str) -> None:
        raise DatabaseAway("The database is locked.")

    with monkeypatch.context() as patch:
        patch.setattr(records, "state", away)
        board.wait(record, NEXT)
        await a_while()
    assert discord.written == []
    board.wait(record, NEXT)
    assert await one_edit(discord)


async def test_progress_of_other_processes_and_bots_is_nothing_to_show(
    records: JobRecords, board: ProgressBoard, discord: Discord, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, asked = Shards.read("0/2"), list[str]()
    discord.studio.settings.shards = mine
    of_process, unsaid = await recorded(records), a_job()
    of_server = Origin(guild_id=1 << 22, channel_id=2, member_id=3, token="t", token_expires_at=None)
    await records.add(unsaid, of_server)

    async def told(_: object) -> AsyncIterator[Progress]:
        for job_id, reply_to in (
            (of_process.job.id, results_of(7, mine)),
            (unsaid.id, ""),
            (unsaid.id, ""),
            ("1" * 16, results_of(7, Shards.read("1/2"))),
            ("2" * 16, results_of(8)),
        ):
            yield Progress(job_id=job_id, reply_to=reply_to, step=1, steps=2)

    async def get(job_id: str) -> JobRecord | None:
        asked.append(job_id)
        return await JobRecords.get(records, job_id)

    monkeypatch.setattr(records, "get", get)
    monkeypatch.setattr(module, "listen_progress", told)
    await board._listen()
    assert asked == [of_process.job.id, unsaid.id]
    assert set(board._watched) == {of_process.job.id}
