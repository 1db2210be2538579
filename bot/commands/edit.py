"""`/edit`: one thing in a picture becomes another, and the rest stays."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str

from bot.attachments import keep_whole
from bot.defaults import chosen_checkpoint, manner_of
from bot.embeddings import checkpoint_for
from bot.first_worker import served_soon
from bot.notebook import expanded
from bot.promises import promise
from bot.prompt_words import completions
from bot.studio import Interaction
from bot.submission import submit
from moderation.prompt_form import PROMPT_LIMIT, one_line
from storage.noise import MAX_SEED, Noise, new_seed
from tasks.edit import check_texts, edit_task
from tasks.presets import Quality, as_usual, usual_task


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.rename(shows=locale_str("from"), prompt=locale_str("to"))
@app_commands.describe(
    picture="The picture to change",
    shows="What it shows now: a red circle over the sea",
    prompt="What it shall show, in the same words but for what changes: a blue circle over the sea",
    quality="How much time to spend on it",
    seed="A number that you had before, to get the same picture again",
)
@app_commands.choices(
    quality=[
        Choice(name=f"{quality} ({quality.effort.steps} steps)", value=quality.value) for quality in Quality
    ]
)
async def edit(
    interaction: Interaction,
    picture: discord.Attachment,
    shows: Range[str, 1, PROMPT_LIMIT],
    prompt: Range[str, 1, PROMPT_LIMIT],
    quality: str = Quality.STANDARD,
    seed: Range[int, 0, MAX_SEED] | None = None,
) -> None:
    """Change one thing in a picture of yours, and leave the rest as it is."""
    studio = interaction.client.studio
    # Wildcards take the same in both texts, and what a style keeps out is kept out of the picture.
    lot = new_seed()
    before = await expanded(interaction, one_line(shows), lot)
    words = await expanded(interaction, one_line(prompt), lot)
    shows, prompt = before.prompt, words.prompt
    check_texts(shows, prompt)
    name = await chosen_checkpoint(interaction)
    manner = await manner_of(interaction, None)
    await served_soon(interaction, name, secretly=manner.is_secret)
    name = await checkpoint_for(interaction, [shows, prompt, words.negative], name)
    known = studio.checkpoints.served(name)
    await promise(interaction, ephemeral=manner.is_secret)
    blob, size = await keep_whole(interaction, picture)
    usual = usual_task(prompt, size, known.side, weighting=studio.settings.weighting)
    usual = usual.model_copy(update={"negative_prompt": words.negative or usual.negative_prompt})
    like = as_usual(usual, Quality(quality), known.usual)
    noise = Noise(seed=new_seed() if seed is None else seed)
    task = edit_task(like, blob, size, shows, known.side, noise)
    await submit(studio, interaction, task, name, manner=manner)


edit.autocomplete("shows")(completions)
edit.autocomplete("prompt")(completions)
