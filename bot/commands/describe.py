"""`/describe`: words from a picture."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.attachments import keep
from bot.defaults import manner_of
from bot.promises import promise
from bot.studio import Interaction
from bot.submission import submit
from storage.jobs import Describe


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.describe(image="The picture to put into words")
async def describe(interaction: Interaction, image: discord.Attachment) -> None:
    """Find the words that go with a picture, and a prompt for more of its kind."""
    studio = interaction.client.studio
    manner = await manner_of(interaction, None)
    await promise(interaction, ephemeral=manner.is_secret)
    blob, _, _ = await keep(interaction, image)
    task, checkpoint = Describe(image=blob), studio.settings.default_checkpoint
    await submit(studio, interaction, task, checkpoint, manner=manner)
