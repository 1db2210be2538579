"""Redraw with Darkroom: a command in the menu of every message, for the picture that is attached to it."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.actions.redraw import open_form_of_attachment
from bot.attachments import refuse_heavy
from bot.refusals import Refusal
from bot.studio import Interaction


@app_commands.context_menu(name="Redraw with Darkroom")
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
async def redraw(interaction: Interaction, message: discord.Message) -> None:
    """Open the form for the first picture of a message."""
    for attachment in message.attachments:
        if (attachment.content_type or "").startswith("image/"):
            refuse_heavy(attachment)
            return await open_form_of_attachment(interaction, message, attachment)
    raise Refusal("No picture is attached to this message, so there is nothing to redraw.")
