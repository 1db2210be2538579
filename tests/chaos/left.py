"""What there is when everything has settled, and the history that this and the parts' own notes make."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import select

from storage.blobs import Blobs
from storage.database import Database
from storage.ledger_tables import BalanceRow, TransferRow
from storage.records.jobs import RowState
from storage.records.ledger import Kind as Transfer
from storage.records.ledger import Ledger
from storage.result_stream import undelivered
from storage.tables import JobRow, PictureRow
from tests.bot.conftest import is_result
from tests.chaos.bots import Bot
from tests.chaos.history import Event, History, Left, read_events
from tests.chaos.struck import Strike, struck_by
from tests.discord_emulator import DiscordEmulator
from tests.discord_emulator.messages import Message

UNDER_WAY = ("Next in the queue", "in the queue", "▱", "▰", "Waiting for the farm", "No worker with")
_SECOND_ANSWER_SECONDS = 3.0
"""So long after the last answer a second one would have come, which there should not be."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is: the folder of all parts, the address of the records and the port of Redis."""

    home: Path
    database: str
    redis_port: int

    @property
    def blobs(self) -> Path:
        """The folder of the pictures."""
        return self.home / "blobs"


@contextlib.asynccontextmanager
async def _opened(places: Places) -> AsyncIterator[Database]:
    database = await Database.open(places.database)
    try:
        yield database
    finally:
        await database.close()


async def _rows(places: Places) -> list[Any]:
    async with _opened(places) as database, database.reading() as db:
        found = select(JobRow.id, JobRow.state, JobRow.credits, JobRow.server_id, JobRow.job)
        return list((await db.execute(found)).all())


async def settled(emulator: DiscordEmulator, places: Places, within: float) -> Left:
    """Wait until every row is closed and Redis is empty, at most so long, and look at what there is."""
    give_up = time.monotonic() + within
    while time.monotonic() < give_up:
        rows, counts = await _rows(places), await asyncio.to_thread(_counts, places.redis_port)
        if all(RowState(row.state).is_closed for row in rows) and not any(counts.values()):
            break
        await asyncio.sleep(1)
    await asyncio.sleep(_SECOND_ANSWER_SECONDS)
    rows = await _rows(places)
    messages = _messages(emulator)
    return replace(
        await _left_in_records(places),
        counts=await asyncio.to_thread(_counts, places.redis_port),
        open_rows=tuple(row.id for row in rows if not RowState(row.state).is_closed),
        charged_without_pictures=tuple(row.id for row in rows if row.state == "told" and row.credits),
        blobs=frozenset(await asyncio.to_thread(lambda: list(Blobs(str(places.blobs)).names()))),
        unfinished_messages=tuple(message.content for message in messages if _is_unfinished(message)),
    )


async def _left_in_records(places: Places) -> Left:
    async with _opened(places) as database:
        async with database.reading() as db:
            blobs = (await db.scalars(select(PictureRow.blob).where(PictureRow.blob.is_not(None)))).all()
            of_jobs = BalanceRow.account.like("held:%")
            held = await db.scalars(select(BalanceRow.account).where(of_jobs, BalanceRow.credits != 0))
            paid = await db.scalars(select(TransferRow.job_id).where(TransferRow.kind == Transfer.PAY))
            left = Left(
                blobs_of_rows=frozenset(blob for blob in blobs if blob),
                reserved=tuple(held),
                paid=tuple(job for job in paid if job),
            )
        return replace(left, wrong_accounts=tuple(await Ledger(database).discrepancies()))


def _counts(port: int) -> dict[str, int]:
    """Count what Redis holds of jobs that are under way."""
    with contextlib.suppress(redis.RedisError), redis.Redis(port=port, socket_timeout=5) as client:
        lane = "checkpoint:pocket"
        return {
            "the queue": int(client.llen(f"rq:queue:{lane}")),
            "the way to the seats": int(client.llen(f"rq:queue:{lane}:intermediate")),
            "the running jobs": int(client.zcard(f"rq:wip:{lane}")),
            "the stream of results": undelivered(client),
            "the attempts": sum(1 for _ in client.scan_iter("darkroom:attempts:*")),
        }
    return {"Redis does not answer": 1}


def _messages(emulator: DiscordEmulator) -> list[Message]:
    return [message for channel in emulator.world.channels.values() for message in channel.messages]


def _is_unfinished(message: Message) -> bool:
    return not is_result(message) and any(words in message.content for words in UNDER_WAY)


async def history_of(
    emulator: DiscordEmulator, places: Places, bots: Sequence[Bot], struck: Sequence[Strike], left: Left
) -> History:
    """Join what the parts wrote, what hit them, the records and the messages."""
    files = await asyncio.to_thread(lambda: sorted(places.home.glob("*.history")))
    worked = await asyncio.to_thread(read_events, files)
    posted = Counter(_title(message) for message in _messages(emulator) if is_result(message))
    accepted, answers = list[Event](), list[Event]()
    for row in await _rows(places):
        owners = [bot.name for bot in bots if bot.shards.owns(row.server_id)]
        accepted += [Event(0.0, "accepted", row.id, owner) for owner in owners]
        times = posted[row.job["task"]["prompt"]]
        answers += [Event(time.time(), "posted", row.id)] * times
        answers += [Event(time.time(), "told", row.id)] * (row.state == "told")
    return History((*accepted, *worked, *struck_by(struck, worked), *answers), left)


def _title(message: Message) -> str:
    return message.content.split("**")[1]
