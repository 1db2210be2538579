"""U: one picture of a grid, alone."""

from __future__ import annotations

import discord

from bot import wording
from bot.actions.chosen import record_of, shown_index
from bot.actions.under_picture import picture_view
from bot.buttons import JobButton, job_button
from bot.channels import policy_of
from bot.defaults import handed_on
from bot.language import public
from bot.pictures import picture_file, reviewed
from bot.promises import promise
from bot.refusals import Refusal
from bot.studio import Press
from bot.taste import note_choice
from storage.jobs import JobId


def button(job_id: JobId, index: int, place: int, row: int) -> JobButton:
    """Make the button of the picture at that place in the grid, from 1."""
    return job_button("show", job_id, index, label=f"U{place}", style=discord.ButtonStyle.primary, row=row)


async def show(press: Press, job_id: JobId, index: int | None) -> None:
    """Post that picture alone, in full size."""
    record = await record_of(press, job_id)
    chosen = await shown_index(press, record, index)
    await promise(press, ephemeral=(await handed_on(press, record)).is_secret)
    policy = await policy_of(press.client.studio, press.channel, press.user.id)
    pictures = await reviewed(press.client.studio, record, policy, [chosen])
    if not pictures.shown:
        raise Refusal(wording.waiting_sentence(1) if pictures.waiting else wording.withheld_sentence(1, 1))
    language = public(press)
    file = await picture_file(language, pictures, press.filesize_limit)
    message = await press.edit_original_response(
        content=wording.single(language, record, chosen, _pressed_url(press)),
        attachments=[file],
        view=picture_view(language, record.job, chosen),
    )
    studio, shown_by = press.client.studio, press.user.id
    await studio.showings.add(job_id, [chosen], message.channel.id, message.id, shown_by)
    await note_choice(studio, shown_by, record, chosen)


def _pressed_url(press: Press) -> str | None:
    if press.message is None or press.channel_id is None:
        return None
    return wording.message_url(press.guild_id, press.channel_id, press.message.id)
