"""Report to moderators: a command in the menu of every message, for pictures of ours."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.actions.report import open_form
from bot.pictures import job_of_file
from bot.refusals import Refusal
from bot.studio import Interaction
from moderation.told import Told


@app_commands.context_menu(name="Report to moderators")
@app_commands.guild_only()
async def report(interaction: Interaction, message: discord.Message) -> None:
    """Open the form for a message with pictures that we made."""
    ours = message.author.id == interaction.application_id
    jobs = (job_of_file(each.filename) for each in message.attachments) if ours else ()
    job_id = next(filter(None, jobs), None)
    if job_id is None:
        raise Refusal(
            Told("This message shows no picture that I made. Please tell the moderators about it yourself.")
        )
    await open_form(interaction, job_id, message.id)
