"""`/train`: a word for what pictures have in common."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.actions.train import begin_training, form_for, refuse_loras
from bot.add_ons import refuse_taken_word
from bot.choices import MANNERS
from bot.defaults import usual_checkpoint
from bot.language import private
from bot.studio import Interaction
from storage.manner import Manner
from storage.training import MOST_VECTORS, Subject
from tasks.embeddings import checked_name
from tasks.train import weights_for

_WORD_LIMIT = 200
"""Characters: a word that is too long for a name is told so in a sentence."""


@app_commands.command()
@app_commands.guild_only()
@app_commands.describe(
    word="What the word shall be: letters, digits, - and _",
    kind="What the pictures have in common",
    picture1="A picture of it; without any, a form takes up to ten",
    picture2="A picture of it; without any, a form takes up to ten",
    picture3="A picture of it; without any, a form takes up to ten",
    picture4="A picture of it; without any, a form takes up to ten",
    picture5="A picture of it; without any, a form takes up to ten",
    picture6="A picture of it; without any, a form takes up to ten",
    picture7="A picture of it; without any, a form takes up to ten",
    picture8="A picture of it; without any, a form takes up to ten",
    picture9="A picture of it; without any, a form takes up to ten",
    picture10="A picture of it; without any, a form takes up to ten",
    vectors="How much the word may say, 1 to 8; more fill more of a prompt",
    lora="Train a LoRA, which is larger and better at how things are drawn: usual for styles, where allowed",
    checkpoint="Which model learns it",
    result="Who gets to see the word, and where it comes",
)
@app_commands.choices(kind=[Choice(name=each.value, value=each.value) for each in Subject], result=MANNERS)
async def train(
    interaction: Interaction,
    word: Range[str, 1, _WORD_LIMIT],
    kind: str = Subject.OBJECT,
    picture1: discord.Attachment | None = None,
    picture2: discord.Attachment | None = None,
    picture3: discord.Attachment | None = None,
    picture4: discord.Attachment | None = None,
    picture5: discord.Attachment | None = None,
    vectors: Range[int, 1, MOST_VECTORS] | None = None,
    lora: bool | None = None,
    checkpoint: str | None = None,
    result: str | None = None,
    picture6: discord.Attachment | None = None,
    picture7: discord.Attachment | None = None,
    picture8: discord.Attachment | None = None,
    picture9: discord.Attachment | None = None,
    picture10: discord.Attachment | None = None,
) -> None:
    """Make a word for what your pictures have in common, to draw with from then on."""
    studio = interaction.client.studio
    name, subject = checked_name(word), Subject(kind)
    weights = weights_for(subject, lora, allowed=studio.settings.member_loras)
    refuse_loras(studio.settings, weights)
    manner = Manner(result) if result else None
    model = checkpoint or await usual_checkpoint(studio, interaction.guild_id)
    typed = (
        picture1,
        picture2,
        picture3,
        picture4,
        picture5,
        picture6,
        picture7,
        picture8,
        picture9,
        picture10,
    )
    pictures = [each for each in typed if each is not None]
    if pictures:
        await begin_training(interaction, name, pictures, subject, weights, vectors, model, manner)
        return
    # A form is the first answer or none, so who opens one cannot wait for a worker.
    studio.checkpoints.served(model)
    await refuse_taken_word(interaction, name, model)
    await interaction.response.send_modal(
        form_for(private(interaction), name, subject, weights, vectors, model, manner)
    )


@train.autocomplete("checkpoint")
async def _checkpoints(interaction: Interaction, typed: str) -> list[Choice[str]]:
    names = interaction.client.studio.checkpoints.matching(typed)
    return [Choice(name=name, value=name) for name in names]
