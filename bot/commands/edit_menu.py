"""Edit with Darkroom: a command in the menu of every message, for the picture that is attached to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.attachments import refuse_heavy
from bot.editing import open_form_of_attachment
from bot.refusals import Refusal

if TYPE_CHECKING:
    from bot.client import Darkroom


@app_commands.context_menu(name="Edit with Darkroom")
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
async def edit_menu(interaction: discord.Interaction[Darkroom], message: discord.Message) -> None:
    """Open the form for the first picture of a message."""
    for attachment in message.attachments:
        if (attachment.content_type or "").startswith("image/"):
            refuse_heavy(attachment)
            return await open_form_of_attachment(interaction, message, attachment)
    raise Refusal("No picture is attached to this message, so there is nothing to edit.")
