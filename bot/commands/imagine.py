"""`/imagine`: pictures from words, and from pictures."""

from __future__ import annotations

from functools import partial

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.attachments import refuse_two_masks, start_from
from bot.language import Language, private
from bot.refusals import Refusal
from bot.studio import Interaction
from bot.submission import submit
from bot.translator import option_name
from bot.wording import escape
from moderation.prompt_form import PROMPT_LIMIT
from moderation.prompt_language.habits import hints
from moderation.prompt_language.parse import parse
from moderation.told import Told
from storage.jobs import MAX_PICTURES, MOST_TRIED, Imagine
from storage.noise import MAX_SEED, Noise, new_seed
from storage.recipe import sampled
from storage.starts import MASK_WORDS_LIMIT
from tasks.presets import Imagination, Quality
from tasks.size import Size, size_like, size_said

RATIOS = ("4:3", "3:4", "16:9", "9:16", "21:9")
"""Shapes beside those that have a name."""


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.describe(
    prompt="What should be in the picture",
    negative="What should not be in it",
    image="A picture to start from; where one can see through it, it is filled in",
    strength="How much of your picture may change: 0.3 is a little, 1 nearly all",
    mask="As large as your picture: white where it shall change, black elsewhere",
    mask_words="What in your picture shall change, in words: the left hand, the sky",
    size="The shape of the picture",
    quality="How much time to spend on it",
    imagination="How freely your words are read",
    seed="A number that you had before, to get the same picture again",
    count="How many pictures",
    freeze="One picture from the noise of your last one, for edits and frames that belong together",
    best_of="Make so many, and show the best of them",
    checkpoint="Which model paints",
)
@app_commands.choices(
    size=[
        Choice(name="square", value=Size.SQUARE),
        Choice(name="portrait (2:3)", value=Size.PORTRAIT),
        Choice(name="landscape (3:2)", value=Size.LANDSCAPE),
        Choice(name="wide (7:4)", value=Size.WIDE),
        *(Choice(name=ratio, value=ratio) for ratio in RATIOS),
    ],
    quality=[
        Choice(name=f"{quality} ({quality.effort.steps} steps)", value=quality.value) for quality in Quality
    ],
    imagination=[
        Choice(name=f"{word} (guidance {word.guidance_scale:g})", value=word.value) for word in Imagination
    ],
)
async def imagine(
    interaction: Interaction,
    prompt: Range[str, 1, PROMPT_LIMIT],
    negative: Range[str, 0, PROMPT_LIMIT] = "",
    image: discord.Attachment | None = None,
    strength: Range[float, 0.01, 1.0] | None = None,
    mask: discord.Attachment | None = None,
    mask_words: Range[str, 1, MASK_WORDS_LIMIT] | None = None,
    size: str | None = None,
    quality: str = Quality.STANDARD,
    imagination: str = Imagination.BALANCED,
    seed: Range[int, 0, MAX_SEED] | None = None,
    count: Range[int, 1, MAX_PICTURES] | None = None,
    freeze: bool = False,
    best_of: Range[int, 1, MOST_TRIED] | None = None,
    checkpoint: str | None = None,
) -> None:
    """Make pictures from words, or change a picture of yours."""
    _refuse_more_than_are_made(best_of, count)
    studio = interaction.client.studio
    name = checkpoint or studio.settings.default_checkpoint
    known = studio.checkpoints.served(name)
    start, shown = None, count or MAX_PICTURES
    mask_words = (mask_words or "").strip() or None
    width, height = size_said(size or Size.SQUARE, known.side)
    refuse_two_masks(mask, mask_words)
    if image is not None:
        await interaction.response.defer(thinking=True)
        start, shape = await start_from(interaction, image, mask, mask_words, strength)
        if size is None:
            width, height = size_like(*shape, known.side)
    elif mask or mask_words or strength:
        raise Refusal(Told("A mask and a strength belong to a picture. Please attach it as `image`."))
    effort = Quality(quality).effort_with(known.usual)
    if freeze:
        if best_of:
            raise Refusal(Told("Frozen noise makes one picture. Please leave out `best_of`, or `freeze`."))
        noises: tuple[Noise, ...] = (await _last_noise(interaction, seed),)
    else:
        first = new_seed() if seed is None else seed
        noises = tuple(Noise(seed=(first + place) % (MAX_SEED + 1)) for place in range(best_of or shown))
    task = Imagine(
        prompt=prompt,
        negative_prompt=negative,
        width=width,
        height=height,
        steps=effort.steps,
        sampler=effort.sampler,
        guidance_scale=Imagination(imagination).guidance_with(known.usual),
        weighting=studio.settings.weighting,
        noises=noises,
        best=best_of and min(shown, best_of),
        start=start,
    )
    await submit(studio, interaction, task, name)
    if meant := hints(parse(prompt), partial(as_option, private(interaction))):
        said = (hint.but(typed=escape(str(hint.fields["typed"]))) for hint in meant)
        await interaction.followup.send(" ".join(map(private(interaction).of, said)), ephemeral=True)


def _refuse_more_than_are_made(best_of: int | None, count: int | None) -> None:
    """Raise Refusal if more pictures are asked for than are made to choose from."""
    if best_of and count and best_of < count:
        raise Refusal(
            Told(
                "Of {made} pictures the best {count} cannot be chosen. "
                "Please say `best_of: {count}` or more, or a smaller `count`.",
                made=best_of,
                count=count,
            )
        )


def as_option(language: Language, name: str, value: str) -> str:
    """Write an option of this command as members see it who are shown it in their language."""
    return f"`{option_name(language, 'imagine', name)}: {value}`"


async def _last_noise(interaction: Interaction, seed: int | None) -> Noise:
    """Give the noise of the member's last picture here, or of the first in its grid."""
    if seed is not None:
        raise Refusal(Told("Frozen noise has its own seed. Please leave out `seed`, or `freeze`."))
    jobs = interaction.client.studio.jobs
    for record in await jobs.of_member(interaction.user.id, guild_id=interaction.guild_id):
        for picture in record.pictures:
            if recipe := sampled(picture.recipe):
                return recipe.frozen_noise
    raise Refusal(Told("You have made no picture yet whose noise I could keep."))


@imagine.autocomplete("checkpoint")
async def _complete_checkpoint(interaction: Interaction, typed: str) -> list[Choice[str]]:
    names = interaction.client.studio.checkpoints.matching(typed)
    return [Choice(name=name, value=name) for name in names]
