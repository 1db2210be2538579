"""The ways that a result takes to its member: their answer, the channel, or a direct message."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import discord
from discord import ui

from bot import wording
from bot.pictures import Reviewed, picture_file
from bot.studio import StudioClient
from bot.trained import Attached
from storage.manner import Manner, Way
from storage.records.jobs import JobRecord

log = logging.getLogger(__name__)

Place: TypeAlias = discord.abc.Messageable
TOKEN_MARGIN = timedelta(seconds=20)
"""A token this close to its end is not used: the edit could arrive after it."""
TOKEN_DEAD = {10008, 10015, 10062, 50027}
"""Unknown message, webhook or interaction, invalid webhook token: post to the channel instead."""
_POINTED_AGAIN = (1.0, 3.0)
"""Seconds before the next tries to say in an old message where the new one is."""
PINGED_AFTER = timedelta(seconds=20)
"""Whoever wants to be pinged about what took long is not pinged about what took less."""
_ENVELOPE = 64 * 1024
"""Bytes that the words and buttons around a file may take of the upload limit."""


@dataclass(frozen=True, slots=True)
class Post:
    """What is about to be said about a job, before it is known where; `record` has the words that may be."""

    record: JobRecord
    content: str
    view: ui.View | None
    pictures: Reviewed | None = None
    attached: tuple[Attached, ...] = ()

    @property
    def shown(self) -> int:
        """How many pictures go with it."""
        return len(self.pictures.shown) if self.pictures else 0


def ways_of(record: JobRecord, *, again: bool) -> tuple[Way, ...]:
    """List the ways to try for a job, one after the other; a secret never goes to the channel.

    The first one follows from the row, whenever it is asked, or is the one that was noted there. `again` says
    that an earlier attempt may have got as far as the answer, and died before that was noted: a message
    beside it could be the second one, so the answer is edited even after its token died.
    """
    ways = _in_order(record)
    if again and not record.origin.manner.is_secret:
        place = ways.index(Way.ANSWER) + 1
        ways = *ways[:place], Way.MESSAGE, *ways[place:]
    return ways[ways.index(record.way) :] if record.way in ways else ways


def _in_order(record: JobRecord) -> tuple[Way, ...]:
    took = (record.finished_at or datetime.now(UTC)) - record.created_at
    match record.origin.manner:
        case Manner.PRIVATE:
            # A token that was refused once may work again; for closed direct messages there is nothing else.
            return Way.ANSWER, Way.DIRECT, Way.ANSWER
        case Manner.DIRECT:
            return Way.DIRECT, Way.ANSWER
        case Manner.PING if took > PINGED_AFTER:
            # An answer that is edited pings nobody.
            return Way.CHANNEL, Way.ANSWER, Way.DIRECT
    return Way.ANSWER, Way.CHANNEL, Way.DIRECT


class Ways:
    """The ways themselves. Each gives the message, or None if there is no way there."""

    def __init__(self, client: StudioClient) -> None:
        self._client = client
        self.table: Mapping[
            Way, Callable[[JobRecord, Post, Place | None], Awaitable[discord.Message | None]]
        ] = {
            Way.ANSWER: self._edit_answer,
            Way.MESSAGE: self._edit_message,
            Way.CHANNEL: self._send,
            Way.DIRECT: self._send_directly,
        }

    async def _files(self, record: JobRecord, post: Post) -> list[discord.File]:
        attached = [
            discord.File(io.BytesIO(each.data), filename=each.name, description=each.shows)
            for each in post.attached
        ]
        if post.pictures is None or not post.shown:
            return attached
        guild = self._client.get_guild(record.origin.guild_id) if record.origin.guild_id else None
        limit = guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        limit -= _ENVELOPE + sum(len(each.data) for each in post.attached)
        return [await picture_file(wording.language_of(record), post.pictures, limit), *attached]

    async def _edit_answer(
        self, record: JobRecord, post: Post, channel: Place | None
    ) -> discord.Message | None:
        """Turn the interaction's own message into the result, while its token lives."""
        origin = record.origin
        if origin.token is None or origin.token_expires_at is None:
            return None
        if datetime.now(UTC) > origin.token_expires_at - TOKEN_MARGIN:
            return None
        try:
            return await self._client.answer_of(record).edit_message(
                self._client.answer_id(record),
                content=wording.fit(post.content),
                attachments=await self._files(record, post),
                view=post.view,
            )
        except discord.HTTPException as error:
            if error.code not in TOKEN_DEAD and error.status not in (401, 404):
                raise
            log.info("job %s: the interaction's token is dead (%s)", record.job.id, error.code)
            return None

    async def _edit_message(
        self, record: JobRecord, post: Post, channel: Place | None
    ) -> discord.Message | None:
        """Turn the answer into the result as any message of the bot's own."""
        if record.message_id is None or record.message_channel_id is None:
            return None
        place = self._client.get_partial_messageable(record.message_channel_id)
        try:
            return await place.get_partial_message(record.message_id).edit(
                content=wording.fit(post.content),
                attachments=await self._files(record, post),
                view=post.view,
            )
        except (discord.NotFound, discord.Forbidden) as error:
            log.info("job %s: its answer cannot be edited: %s", record.job.id, error)
            return None

    async def _send(self, record: JobRecord, post: Post, channel: Place | None) -> discord.Message | None:
        """Post a new message. Discord drops a second one with its nonce, so even a crash posts it once."""
        if channel is None:
            return None
        member = discord.Object(record.origin.member_id)
        try:
            message = await channel.send(
                content=wording.fit(post.content),
                files=await self._files(record, post),
                view=post.view or discord.utils.MISSING,
                nonce=record.job.id,
                suppress_embeds=True,
                allowed_mentions=discord.AllowedMentions(users=[member]),
            )
        except (discord.NotFound, discord.Forbidden) as error:
            log.info("job %s: cannot post to %s: %s", record.job.id, channel, error)
            return None
        await self._point_from_answer(record, message, post)
        return message

    async def _point_from_answer(self, record: JobRecord, message: discord.Message, post: Post) -> None:
        """Make the old message, which would say "rendering" for ever, point to the new one."""
        language = wording.language_of(record)
        there = language.say("done: [here]({url})", url=message.jump_url)
        said = f"{wording.title(language, post.record.job.task)}\n-# {there}"
        for pause in (*_POINTED_AGAIN, None):
            try:
                await self._edit_old_message(record, said)
                return
            except discord.HTTPException as error:
                # A refusal without a reason of Discord's own may be over in a moment.
                if pause is None or error.code in TOKEN_DEAD:
                    log.info("job %s: the old message stays: %s", record.job.id, error)
                    return
                await asyncio.sleep(pause)

    async def _edit_old_message(self, record: JobRecord, said: str) -> None:
        if record.message_id is None or record.origin.manner.is_secret:
            # What one member alone sees, or was never heard of, can be reached by its token only.
            if record.origin.token is not None and (answer_id := self._client.answer_id(record)):
                answer = self._client.answer_of(record)
                await answer.edit_message(answer_id, content=said, attachments=[], view=None)
        elif record.message_channel_id is not None:
            place = self._client.get_partial_messageable(record.message_channel_id)
            await place.get_partial_message(record.message_id).edit(content=said, attachments=[], view=None)

    async def _send_directly(
        self, record: JobRecord, post: Post, channel: Place | None
    ) -> discord.Message | None:
        try:
            member = await self._client.fetch_user(record.origin.member_id)
            return await self._send(record, post, await member.create_dm())
        except (discord.NotFound, discord.Forbidden) as error:
            log.info("job %s: no direct message to %s: %s", record.job.id, record.origin.member_id, error)
            return None
