"""The recipe in a picture that a member attaches: Darkroom's, or what another program wrote into it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import discord
import redis

from bot.attachments import file_of
from bot.language import private
from bot.message_pictures import Shown
from bot.refusals import Refusal
from bot.studio import Interaction, Studio
from bot.wording import escape
from moderation.told import Told
from storage.add_ons import add_ons_for
from storage.errors import reason_of
from storage.intake import IntakeError
from storage.intake.other_programs import ForeignRecipe
from storage.intake.other_programs.pasted import read_pasted
from storage.jobs import Sampling
from storage.noise import Noise
from storage.recipe import Recipe, sampled
from tasks.other_dialects import in_our_syntax
from tasks.other_programs import Here, adapted

log = logging.getLogger(__name__)

_PATIENCE = 0.5
_REDRAWN = {"denoising_strength": None, "seed": None, "width": None, "height": None, "loras": ()}
"""What of a picture does not matter once it is drawn over. Its prompt is what the member says."""
_WORDS = set(Sampling.model_fields) - {"start", "width", "height", "embeddings"}


@dataclass(frozen=True)
class Like:
    """What a picture says that a job can take over: fields of the task, and the rest as far as it is told.

    `checkpoint` is None where the one that made it is not here, and `missed` says what is not taken over.
    """

    fields: Mapping[str, Any]
    noise: Noise | None
    size: tuple[int, int] | None
    checkpoint: str | None
    missed: tuple[Told, ...]


async def like_in(interaction: Interaction, picture: discord.Attachment | Shown) -> Like:
    """Read a picture, for a job like it. Raises Refusal if it says nothing; takes seconds.

    Whoever made the file may have written anything: it is judged when the job is submitted. What an own
    recipe started from is left out, for its blobs may be anybody's.
    """
    studio = interaction.client.studio
    found = await studio.cleaner.read_recipe(await file_of(interaction, picture))
    recipe = found if isinstance(found, ForeignRecipe) else sampled(found)
    if recipe is None or not recipe.prompt:
        raise Refusal(
            Told("This picture carries no words that I can read. Please say what should be in the picture.")
        )
    return _of_ours(recipe, studio) if isinstance(recipe, Recipe) else await _of_others(recipe, studio)


@dataclass(frozen=True)
class Pasted:
    """A prompt that was pasted with a negative prompt, which may be empty, or with settings, or with both."""

    prompt: str
    negative: str
    like: Like | None


async def pasted_in(interaction: Interaction, prompt: str) -> Pasted | None:
    """Take apart what was pasted where a prompt is asked for; None if that is a prompt alone."""
    if (recipe := read_pasted(prompt)) is None:
        return None
    if recipe.steps is None:
        return Pasted(recipe.prompt, recipe.negative_prompt, None)
    like = await _of_others(recipe, interaction.client.studio)
    return Pasted(like.fields["prompt"], like.fields["negative_prompt"], like)


def _of_ours(recipe: Recipe, studio: Studio) -> Like:
    known = studio.checkpoints.get(recipe.checkpoint)
    left_out = Told("It was made from another picture, which is left out here.")
    return Like(
        fields=recipe.model_dump(include=_WORDS),
        noise=recipe.noise,
        size=(recipe.width, recipe.height) if known else None,
        checkpoint=recipe.checkpoint if known else None,
        missed=(left_out,) if recipe.start else (),
    )


async def _of_others(recipe: ForeignRecipe, studio: Studio) -> Like:
    default = studio.settings.default_checkpoint
    near = adapted(recipe, Here(default, studio.checkpoints.hashes, await _loras(studio, default)))
    return Like(
        fields=near.fields,
        noise=near.noise,
        size=near.size if near.has_checkpoint else None,
        checkpoint=near.checkpoint if near.has_checkpoint else None,
        missed=near.missed,
    )


async def _loras(studio: Studio, checkpoint: str) -> frozenset[str] | None:
    """Name the LoRAs of the farm; None if that is not known."""
    try:
        async with asyncio.timeout(_PATIENCE):
            known = await asyncio.to_thread(add_ons_for, studio.redis, checkpoint)
    except (TimeoutError, redis.RedisError) as error:
        log.warning("the farm's add-ons are not known: %s", reason_of(error))
        return None
    return None if known is None else known.loras


async def foreign_in(interaction: Interaction, picture: Shown) -> Like | None:
    """Read what another program says of a picture that shall be drawn again, but for its noise and size."""
    try:
        found = await interaction.client.studio.cleaner.read_recipe(await file_of(interaction, picture))
    except (Refusal, IntakeError):
        return None
    if not isinstance(found, ForeignRecipe):
        return None
    return await _of_others(found.model_copy(update=_REDRAWN), interaction.client.studio)


async def tell_missed(interaction: Interaction, like: Like | None) -> None:
    """Tell the member alone what of a picture was not taken over, once the job was answered."""
    if like is None or not like.missed:
        return
    said = (
        sentence.but(
            **{name: escape(said) for name, said in sentence.fields.items() if isinstance(said, str)}
        )
        for sentence in like.missed
    )
    await interaction.followup.send("\n".join(map(private(interaction).of, said))[:2000], ephemeral=True)


async def words_in(interaction: Interaction, picture: Shown, patience: float) -> str:
    """Read the prompt that another program wrote into a picture; empty if it is not read in so many seconds.

    An interaction waits for its first answer three seconds.
    """
    try:
        async with asyncio.timeout(patience):
            found = await interaction.client.studio.cleaner.read_recipe(await file_of(interaction, picture))
    except (TimeoutError, Refusal, IntakeError):
        return ""
    return in_our_syntax(found.prompt, found.dialect) if isinstance(found, ForeignRecipe) else ""
