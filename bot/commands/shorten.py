"""`/shorten`: which words of a prompt matter, and the prompt without the others."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import Range

from bot.defaults import manner_of
from bot.notebook import expanded
from bot.prompt_words import completions
from bot.studio import Interaction
from bot.submission import submit
from moderation.prompt_form import PROMPT_LIMIT, one_line
from storage.jobs import Shorten
from tasks.shorten import checked


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.describe(prompt="The prompt whose words you wonder about")
async def shorten(interaction: Interaction, prompt: Range[str, 1, PROMPT_LIMIT]) -> None:
    """See which words of a prompt matter, and get it without the others."""
    studio = interaction.client.studio
    words = await expanded(interaction, one_line(prompt))
    task = Shorten(prompt=checked(words.prompt))
    manner = await manner_of(interaction, None)
    await submit(studio, interaction, task, studio.settings.default_checkpoint, manner=manner)


shorten.autocomplete("prompt")(completions)
