"""The messages of jobs that wait or render: place in the queue, progress bar, growing preview."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import discord

from bot import wording
from bot.buttons import cancel_view
from bot.channels import policy_of
from bot.pictures import alt_text
from bot.sayable import action_on_words, sayable
from bot.studio import StudioClient
from moderation.policy import SFW, Policy
from moderation.verdict import Action
from storage.database import DatabaseAway
from storage.errors import reason_of
from storage.events import Progress, listen_progress
from storage.farm import Wait
from storage.manner import Manner
from storage.records.carry_over import NOBODY
from storage.records.jobs import JobRecord, RowState
from storage.redis_trouble import Trouble
from storage.result_stream import leads_elsewhere

log = logging.getLogger(__name__)

EDIT_INTERVAL = 1.5
"""Seconds between two edits of one message."""
EDITS_PER_SECOND = 20
"""Over all messages: Discord takes 50 requests a second from a bot; answers and deliveries come first."""
_TICK = 0.25
_OTHERS = 1000


def can_be_edited(record: JobRecord) -> bool:
    """Say whether the message in which a job was asked for can still be changed."""
    expires = record.origin.token_expires_at
    return record.origin.token is not None and expires is not None and datetime.now(UTC) < expires


@dataclass(slots=True)
class _Watched:
    record: JobRecord
    progress: Progress | None = None
    preview: bytes | None = None
    """The newest preview as the worker sent it, to be examined before it is shown."""
    content: str = ""
    dirty: bool = False
    edited_at: float = field(default_factory=time.monotonic)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    closed: bool = False

    def is_due(self, now: float) -> bool:
        """Say whether there is something new to show, and the last edit is over and long enough ago."""
        return self.dirty and not self.lock.locked() and now - self.edited_at >= EDIT_INTERVAL


class ProgressBoard:
    """Holds the newest state of every open job, and writes it into its message at Discord's pace."""

    def __init__(self, client: StudioClient) -> None:
        self._client = client
        self._watched: dict[str, _Watched] = {}
        self._edits: set[asyncio.Task[None]] = set()
        self._of_others: deque[str] = deque(maxlen=_OTHERS)
        """Jobs of others, which the records need not be asked for with each of their steps."""

    async def run(self, went_round: Callable[[], None] = lambda: None) -> None:
        """Listen and edit until cancelled; tell after each round."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._edit_forever(went_round))

    def wait(self, record: JobRecord, wait: Wait | Trouble) -> None:
        """Show the place of a job that waits, or why the queue stands still.

        One that was rendering already has lost its worker, and begins anew.
        """
        if not can_be_edited(record):
            return
        watched = self._watched.setdefault(record.job.id, _Watched(record))
        watched.progress = watched.preview = None
        language = wording.language_of(record)
        self._show(watched, wording.waiting(language, record.job, wait))

    def await_room(self, record: JobRecord) -> None:
        """Show that a job is done and cannot be recorded yet."""
        watched = self._watched.setdefault(record.job.id, _Watched(record))
        self._show(watched, wording.awaiting_room(wording.language_of(record), record.job.task))

    @contextlib.asynccontextmanager
    async def closing(self, job_id: str) -> AsyncIterator[None]:
        """Hold back every edit of a job's message while its result is posted.

        By then its row must say that there is a result: that holds back every later edit.
        """
        watched = self._watched.get(job_id)
        if watched is None:
            yield
            return
        try:
            async with watched.lock:
                watched.closed = True
                yield
        finally:
            self._watched.pop(job_id, None)

    async def _listen(self) -> None:
        async for progress in listen_progress(self._client.studio.redis_async):
            watched = self._watched.get(progress.job_id)
            if watched is None:
                if self._is_of_others(progress):
                    continue
                try:
                    record = await self._client.studio.jobs.get(progress.job_id)
                except DatabaseAway as error:
                    log.warning("job %s: progress not shown: %s", progress.job_id, reason_of(error))
                    continue
                if record is None or record.origin == NOBODY or not self._owns(record):
                    self._of_others.append(progress.job_id)
                    continue
                if record.state is not RowState.QUEUED:
                    continue
                watched = self._watched.setdefault(progress.job_id, _Watched(record))
            watched.progress = progress
            watched.preview = progress.preview or watched.preview
            language, task = wording.language_of(watched.record), watched.record.job.task
            self._show(watched, wording.rendering(language, task, progress))

    def _is_of_others(self, progress: Progress) -> bool:
        """Say whether a job is known to be of others, without asking the records."""
        shards, bot = self._client.studio.settings.shards, self._client.application_id or 0
        return progress.job_id in self._of_others or leads_elsewhere(progress.reply_to, bot, shards)

    def _owns(self, record: JobRecord) -> bool:
        return self._client.studio.settings.shards.owns(record.origin.guild_id)

    def _show(self, watched: _Watched, content: str) -> None:
        if content != watched.content:
            watched.content, watched.dirty = content, True

    async def _edit_forever(self, went_round: Callable[[], None] = lambda: None) -> None:
        while True:
            await asyncio.sleep(_TICK)
            went_round()
            now = time.monotonic()
            due = [watched for watched in self._watched.values() if watched.is_due(now)]
            due.sort(key=lambda watched: watched.edited_at)
            for watched in due[: int(EDITS_PER_SECOND * _TICK)]:
                watched.dirty, watched.edited_at = False, now
                task = asyncio.create_task(self._edit(watched))
                self._edits.add(task)
                task.add_done_callback(self._edits.discard)

    async def _is_open(self, job_id: str) -> bool:
        """Say, by the row, whether a job has no result yet.

        Call it with the lock that `closing` takes: a caller who heard of the job some time ago finds out here
        that it is over.
        """
        try:
            return await self._client.studio.jobs.state(job_id) is RowState.QUEUED
        except DatabaseAway as error:
            log.warning("job %s: progress not shown: %s", job_id, reason_of(error))
            return False

    async def _edit(self, watched: _Watched) -> None:
        record = watched.record
        if not can_be_edited(record):
            self._watched.pop(record.job.id, None)
            return
        async with watched.lock:
            if watched.closed or not await self._is_open(record.job.id):
                self._watched.pop(record.job.id, None)
                return
            preview = await self._preview(watched)
            content, language = await self._sayable(watched), wording.language_of(record)
            files = [await self._preview_file(watched, preview)] if preview else []
            try:
                await self._client.answer_of(record).edit_message(
                    self._client.answer_id(record),
                    content=wording.fit(content),
                    attachments=files,
                    view=cancel_view(language, record.job.id),
                )
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                log.info("job %s: progress not shown: %s", record.job.id, reason_of(error))
            # From its answer on: a slow way there and a quick one afterwards would bring two edits together.
            watched.edited_at = time.monotonic()

    async def _sayable(self, watched: _Watched) -> str:
        """Give what is to be written, without words of the title that its channel does not allow now."""
        said = await sayable(watched.record, await self._policy(watched))
        if said is watched.record:
            return watched.content
        title = wording.title(wording.language_of(said), said.job.task)
        return "\n".join([title, *watched.content.split("\n")[1:]])

    async def _preview(self, watched: _Watched) -> bytes | None:
        """Give what may be seen of a preview in its channel, as that channel is now.

        That is nothing where the finished picture waits for a moderator, or is covered, for its words.
        """
        if watched.preview is None or not self._client.studio.settings.previews:
            return None
        studio, record = self._client.studio, watched.record
        policy = await self._policy(watched)
        if await action_on_words(record, policy) is not Action.ALLOW:
            return None
        try:
            gallery = await studio.gallery.of(record.origin.guild_id)
        except DatabaseAway:
            return None
        return await studio.reviewer.preview(watched.preview, record.job, policy, gallery)

    async def _policy(self, watched: _Watched) -> Policy:
        """Give the policy of a job's channel as it is now, or the strictest one while that is not known."""
        origin = watched.record.origin
        try:
            channel = self._client.get_channel(origin.channel_id)
            return await policy_of(self._client.studio, channel, origin.member_id)
        except DatabaseAway:
            return SFW

    async def _preview_file(self, watched: _Watched, preview: bytes) -> discord.File:
        said = await sayable(watched.record, await self._policy(watched))
        shows = alt_text(wording.alt_of_preview(wording.language_of(said), said.job.task))
        veiled = watched.record.origin.manner is Manner.SPOILER
        return discord.File(io.BytesIO(preview), filename="preview.jpg", spoiler=veiled, description=shows)
