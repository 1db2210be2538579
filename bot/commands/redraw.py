"""Redraw with Darkroom: a command in the menu of every message, for the picture that it shows."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.actions.redraw import open_form_of_attachment
from bot.attachments import refuse_heavy
from bot.message_pictures import picture_of
from bot.refusals import Refusal
from bot.studio import Interaction
from moderation.told import Told


@app_commands.context_menu(name="Redraw with Darkroom")
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
async def redraw(interaction: Interaction, message: discord.Message) -> None:
    """Open the form for the first picture of a message."""
    picture = picture_of(message)
    if picture is None:
        raise Refusal(Told("No picture is attached to this message, so there is nothing to redraw."))
    refuse_heavy(picture)
    await open_form_of_attachment(interaction, message, picture)
