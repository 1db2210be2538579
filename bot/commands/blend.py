"""`/blend`: two to five pictures become one with something of each."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.attachments import keep_whole
from bot.choices import MANNERS
from bot.defaults import chosen_checkpoint, manner_of
from bot.embeddings import checkpoint_for
from bot.first_worker import served_soon
from bot.notebook import expanded
from bot.promises import promise
from bot.prompt_words import completions
from bot.studio import Interaction
from bot.submission import submit
from moderation.prompt_form import PROMPT_LIMIT, one_line
from tasks.blend import blend_of
from tasks.presets import usual_task


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.describe(
    picture1="The first picture, which gives the shape",
    picture2="Another one",
    picture3="Another one",
    picture4="Another one",
    picture5="Another one",
    prompt="What should be in it; left out, I look what your pictures show",
    strength="How much may change: 0.7 keeps more of your pictures, 1 follows the words",
    checkpoint="Which model paints",
    result="Who gets to see it, and where it comes",
)
@app_commands.choices(result=MANNERS)
async def blend(
    interaction: Interaction,
    picture1: discord.Attachment,
    picture2: discord.Attachment,
    picture3: discord.Attachment | None = None,
    picture4: discord.Attachment | None = None,
    picture5: discord.Attachment | None = None,
    prompt: Range[str, 1, PROMPT_LIMIT] | None = None,
    strength: Range[float, 0.01, 1.0] | None = None,
    checkpoint: str | None = None,
    result: str | None = None,
) -> None:
    """Blend two to five pictures of yours into new ones with something of each."""
    studio = interaction.client.studio
    words = await expanded(interaction, one_line(prompt or ""))
    name = checkpoint or await chosen_checkpoint(interaction)
    manner = await manner_of(interaction, result)
    await served_soon(interaction, name, secretly=manner.is_secret)
    if checkpoint is None:
        name = await checkpoint_for(interaction, [words.prompt, words.negative], name)
    known = studio.checkpoints.served(name)
    await promise(interaction, ephemeral=manner.is_secret)
    pictures = [each for each in (picture1, picture2, picture3, picture4, picture5) if each is not None]
    # One after the other: each takes its turn at the cleaner among those of other members.
    kept = [await keep_whole(interaction, picture) for picture in pictures]
    start, shape = blend_of([blob for blob, _ in kept], strength), kept[0][1]
    task = usual_task(words.prompt, shape, known.side, start, studio.settings.weighting, known.usual)
    task = task.model_copy(update={"negative_prompt": words.negative or task.negative_prompt})
    await submit(studio, interaction, task, name, manner=manner)


blend.autocomplete("prompt")(completions)


@blend.autocomplete("checkpoint")
async def _complete_checkpoint(interaction: Interaction, typed: str) -> list[Choice[str]]:
    names = interaction.client.studio.checkpoints.matching(typed)
    return [Choice(name=name, value=name) for name in names]
