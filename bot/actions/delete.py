"""Delete: remove the message, and its pictures where nothing else shows them."""

from __future__ import annotations

import logging

import discord

from bot.actions.cancel import stop
from bot.actions.chosen import only_for
from bot.buttons import JobButton, job_button
from bot.held import withdraw
from bot.language import Language
from bot.named_job import find_record
from bot.removal import delete_unneeded
from bot.studio import Press, Studio, StudioClient
from bot.taste import note_choice
from bot.trained import delete_pictures
from moderation.told import Told
from storage.jobs import JobId
from storage.records.jobs import JobRecord, RowState
from storage.training import Caption

log = logging.getLogger(__name__)

_CROSSES, _AS_EMOJI = frozenset("❌✖❎"), "\ufe0f"


def button(language: Language, job_id: JobId, row: int | None = None) -> JobButton:
    """Make the button."""
    return job_button(
        "delete",
        job_id,
        label=language.say("Delete"),
        emoji="🗑️",
        style=discord.ButtonStyle.danger,
        row=row,
    )


async def delete(press: Press, job_id: JobId, index: int | None) -> None:
    """Remove the message and what only it needs; for the member who asked for it, and for moderators."""
    record = await find_record(press, job_id)
    asked_by = {record.origin.member_id} if record else set()
    if press.message is not None and press.message.interaction_metadata is not None:
        asked_by.add(press.message.interaction_metadata.user.id)
    only_for(press, asked_by, Told("delete it"), press.permissions)
    await press.response.defer()
    await press.delete_original_response()
    if record is not None and press.message is not None:
        studio = press.client.studio
        if press.user.id not in asked_by and record.origin.guild_id is not None:
            about = {"member": str(record.origin.member_id), "job": job_id}
            key, server_id = f"deleted:{press.message.id}", record.origin.guild_id
            await studio.audit.add(key, server_id, press.user.id, "deleted", about)
        await _forget(studio, record, press.message.id, press.user.id)
        if isinstance(record.job.task, Caption):
            await delete_pictures(studio, job_id)


async def delete_crossed(client: StudioClient, reaction: discord.RawReactionActionEvent) -> None:
    """Remove a message that a member who asked for it marked with a cross; a job not done yet is stopped.

    Raises DatabaseAway, BlobStoreAway, redis.RedisError.
    """
    if (reaction.emoji.name or "").removesuffix(_AS_EMOJI) not in _CROSSES:
        return
    studio = client.studio
    found = await studio.showings.asked_by(reaction.message_id)
    record = await studio.jobs.get(found[0]) if found and reaction.user_id in found[1] else None
    if record is None:
        return
    if record.state is RowState.QUEUED:
        await stop(studio, record.job)
        return
    place = client.get_partial_messageable(reaction.channel_id)
    try:
        await place.get_partial_message(reaction.message_id).delete()
    except (discord.NotFound, discord.Forbidden) as error:
        log.info("message %d is not to be deleted: %s", reaction.message_id, error)
        return
    await _forget(studio, record, reaction.message_id, reaction.user_id)


async def _forget(studio: Studio, record: JobRecord, message_id: int, member_id: int) -> None:
    """Withdraw what waits to be posted in the place of a message that a member removed, and its pictures."""
    if message_id == record.message_id:
        await withdraw(studio, record.job.id, member_id)
    asked = await studio.showings.asked_by(message_id)
    if asked is not None and member_id in asked[1]:
        index = await studio.showings.index_of(message_id)
        await note_choice(studio, member_id, record, index, liked=False)
    await studio.showings.forget([message_id])
    await delete_unneeded(studio, record.job.id)
