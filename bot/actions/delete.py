"""Delete: remove the message, and its pictures where nothing else shows them."""

from __future__ import annotations

import discord

from bot.actions.chosen import find_record, only_for
from bot.buttons import JobButton, job_button
from bot.held import withdraw
from bot.language import Language
from bot.removal import delete_unneeded
from bot.studio import Press
from moderation.told import Told
from storage.jobs import JobId


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
    only_for(press, asked_by, Told("delete it"))
    await press.response.defer()
    await press.delete_original_response()
    if record is not None and press.message is not None:
        studio = press.client.studio
        if press.user.id not in asked_by and record.origin.guild_id is not None:
            about = {"member": str(record.origin.member_id), "job": job_id}
            key, server_id = f"deleted:{press.message.id}", record.origin.guild_id
            await studio.audit.add(key, server_id, press.user.id, "deleted", about)
        if press.message.id == record.message_id:
            await withdraw(studio, job_id, press.user.id)
        await studio.showings.forget([press.message.id])
        await delete_unneeded(studio, job_id)
