"""Editing a picture: the form opens, a member fills it in, and a job comes of it.

All that must be known until then is in the form's custom_id, or for a day in Redis, past any restart.
"""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord
import redis

from bot.attachments import start_from, start_from_kept
from bot.chosen import record_of, shown_index, shown_picture
from bot.delivery.pictures import job_of_file
from bot.edit_form import Edit, EditForm, attachment, read_form
from bot.refusals import Refusal, answer_error
from bot.submission import PATIENCE, submit
from storage.jobs import JobId, Start
from tasks.presets import usual_task

if TYPE_CHECKING:
    from bot.buttons import Press
    from bot.client import Darkroom

_OF_PICTURE = re.compile(r"dre:(?P<job>[0-9a-f]{16}):(?P<index>[0-9])")
_OF_ATTACHMENT = re.compile(r"dra:(?P<opened_by>[0-9]+):(?P<message>[0-9]+)")
_KEPT = timedelta(hours=20)
"""Discord's links to attachments live for a day."""
_AWAY = "The queue cannot be reached right now. Please try again soon."
_AWAY_ERRORS = (redis.RedisError, OSError, TimeoutError)


async def open_form(press: Press, job_id: JobId, index: int | None) -> None:
    """The form for a posted picture, with its prompt."""
    record = await record_of(press, job_id)
    chosen = await shown_index(press, record, index)
    prompt = record.pictures[chosen].recipe.prompt
    await press.response.send_modal(EditForm(f"dre:{job_id}:{chosen}", prompt))


async def open_form_of_attachment(
    interaction: discord.Interaction[Darkroom], message: discord.Message, picture: discord.Attachment
) -> None:
    """The form for a picture in any message, with its prompt if it is one of ours.

    Only this interaction shows the bot what is attached to other people's messages, and a form must be the
    first answer to it: so the picture is noted, and fetched once the form has come back.
    """
    studio = interaction.client.studio
    try:
        async with asyncio.timeout(PATIENCE):
            note = _note(interaction.user, interaction.id)
            await studio.redis_async.set(note, json.dumps(picture.to_dict()), ex=_KEPT)
    except _AWAY_ERRORS as error:
        raise Refusal(_AWAY) from error
    job_id = job_of_file(picture.filename)
    record = await studio.jobs.get(job_id) if job_id else None
    prompt = record.pictures[0].recipe.prompt if record and record.pictures else ""
    await interaction.response.send_modal(EditForm(f"dra:{interaction.id}:{message.id}", prompt))


async def take_form(interaction: discord.Interaction[Darkroom]) -> None:
    """Make the job that a filled-in form asks for; what goes wrong is told to the member who sent it."""
    data: Any = interaction.data
    custom_id = data["custom_id"]
    try:
        if form := _OF_PICTURE.fullmatch(custom_id):
            await _edit_picture(interaction, form["job"], int(form["index"]))
        elif form := _OF_ATTACHMENT.fullmatch(custom_id):
            await _edit_attachment(interaction, form["opened_by"], int(form["message"]))
    except Exception as error:
        await answer_error(interaction, error)


async def _edit_picture(press: Press, job_id: JobId, index: int) -> None:
    edit = read_form(press)
    record, _, blob = await shown_picture(press, job_id, index)
    await press.response.defer(thinking=True)
    start, size = await start_from_kept(press.client.studio, blob, edit.mask, edit.mask_words, edit.strength)
    source = press.message.id if press.message else None
    await _submit(press, edit, start, size, record.job.checkpoint, source)


async def _edit_attachment(
    interaction: discord.Interaction[Darkroom], opened_by: str, message_id: int
) -> None:
    studio = interaction.client.studio
    edit = read_form(interaction)
    try:
        async with asyncio.timeout(PATIENCE):
            noted = await studio.redis_async.get(_note(interaction.user, opened_by))
    except _AWAY_ERRORS as error:
        raise Refusal(_AWAY) from error
    if noted is None:
        raise Refusal("This form was open for too long. Please open it again from the menu of the message.")
    await interaction.response.defer(thinking=True)
    picture = attachment(interaction, json.loads(noted))
    start, size = await start_from(studio, picture, edit.mask, edit.mask_words, edit.strength)
    await _submit(interaction, edit, start, size, studio.settings.default_checkpoint, message_id)


async def _submit(
    interaction: discord.Interaction[Darkroom],
    edit: Edit,
    start: Start,
    size: tuple[int, int],
    checkpoint: str,
    source_message_id: int | None,
) -> None:
    studio = interaction.client.studio
    task = usual_task(edit.prompt, size, studio.checkpoints.served(checkpoint).side, start)
    await submit(studio, interaction, task, checkpoint, source_message_id)


def _note(member: discord.abc.User, opened_by: int | str) -> str:
    return f"darkroom:edit:{member.id}:{opened_by}"
