"""`/imagine`: pictures from words, and from pictures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.attachments import refuse_two_masks, start_from
from bot.choices import IMAGINATIONS, MANNERS, QUALITIES, SAMPLERS
from bot.defaults import Wish, completed, manner_of, usual_checkpoint
from bot.embeddings import checkpoint_for
from bot.first_worker import served_soon
from bot.language import Language, private
from bot.other_programs import Like, like_in, pasted_in, tell_missed
from bot.promises import promise
from bot.prompt_words import completions
from bot.refusals import Refusal
from bot.said_size import SIZE_LIMIT, complete_size, said_size
from bot.studio import Interaction, Studio
from bot.submission import submit_all
from bot.translator import option_name
from bot.wording import escape
from moderation.policy import Anatomy
from moderation.prompt_form import PROMPT_LIMIT, malformed, one_line
from moderation.prompt_language.habits import hints
from moderation.prompt_language.parse import parse
from moderation.told import Told
from storage.fields import LEAST_GUIDANCE, MOST_GUIDANCE
from storage.jobs import FEWEST_STEPS, MOST_STEPS, MOST_TRIED, Imagine
from storage.noise import MAX_SEED, Noise, new_seed
from storage.plain_task import MAX_PICTURES
from storage.recipe import sampled
from storage.served import ServedCheckpoint
from storage.starts import MASK_WORDS_LIMIT
from tasks.presets import Imagination, Quality
from tasks.size import size_like, size_said

_CALLED = {"prompt": Told("prompt"), "negative_prompt": Told("negative prompt")}
_QUOTED = 100
"""Characters of a prompt in a question."""
ANATOMY = [
    Choice(name="normal: third arms and the like", value=Anatomy.NORMAL.value),
    Choice(name="strict: all that is wrong", value=Anatomy.STRICT.value),
    Choice(name="off: none", value=Anatomy.OFF.value),
]


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.describe(
    prompt="What should be in the picture",
    negative="What should not be in it",
    image="A picture to start from; where one can see through it, it is filled in",
    strength="How much of your picture may change: 0.3 is a little, 1 nearly all",
    mask="As large as your picture: white where it shall change, black elsewhere",
    mask_words="What in your picture shall change, in words: the left hand, the sky",
    size="The shape of the picture, such as 5:4, or its pixels, such as 768x512",
    quality="How much time to spend on it",
    imagination="How freely your words are read",
    steps="How many steps, in place of a quality",
    sampler="How noise becomes a picture, by the name that A1111 gives it",
    guidance="How closely your words are followed, in place of an imagination: 7 is usual",
    seed="A number that you had before, to get the same picture again",
    count="How many pictures",
    freeze="One picture from the noise of your last one, for edits and frames that belong together",
    best_of="Make so many, and show the best of them",
    checkpoint="Which model paints",
    anatomy="Which pictures to discard because of the people in them",
    rescue="What to do instead of showing what was discarded",
    like="A picture to make again, of Darkroom or another program: by the words and settings in its file",
    result="Who gets to see it, and where it comes",
    plain="Without the usual style and negative prompt, this once",
    seamless="A tile whose opposite borders fit each other, for wallpaper and textures",
)
@app_commands.choices(
    quality=QUALITIES,
    imagination=IMAGINATIONS,
    sampler=SAMPLERS,
    anatomy=ANATOMY,
    rescue=[
        Choice(name="again: another picture", value="again"),
        Choice(name="inpaint: only the bad part anew", value="inpaint"),
        Choice(name="crop: only the good part", value="crop"),
    ],
    result=MANNERS,
)
async def imagine(
    interaction: Interaction,
    prompt: Range[str, 1, PROMPT_LIMIT] | None = None,
    negative: Range[str, 0, PROMPT_LIMIT] | None = None,
    image: discord.Attachment | None = None,
    strength: Range[float, 0.01, 1.0] | None = None,
    mask: discord.Attachment | None = None,
    mask_words: Range[str, 1, MASK_WORDS_LIMIT] | None = None,
    size: Range[str, 1, SIZE_LIMIT] | None = None,
    quality: str | None = None,
    imagination: str | None = None,
    steps: Range[int, FEWEST_STEPS, MOST_STEPS] | None = None,
    sampler: str | None = None,
    guidance: Range[float, LEAST_GUIDANCE, MOST_GUIDANCE] | None = None,
    seed: Range[int, 0, MAX_SEED] | None = None,
    count: Range[int, 1, MAX_PICTURES] | None = None,
    freeze: bool = False,
    best_of: Range[int, 1, MOST_TRIED] | None = None,
    checkpoint: str | None = None,
    anatomy: str | None = None,
    rescue: str | None = None,
    like: discord.Attachment | None = None,
    result: str | None = None,
    plain: bool = False,
    seamless: bool = False,
) -> None:
    """Make pictures from words, or change a picture of yours."""
    _refuse_more_than_are_made(best_of, count)
    refuse_two_masks(mask, mask_words)
    size = said_size(private(interaction), size)
    _refuse_what_excludes_itself(image, mask or mask_words or strength, seamless, freeze and best_of)
    lot = new_seed() if seed is None else seed
    pasted = await pasted_in(interaction, prompt) if prompt and like is None else None
    if pasted is not None:
        prompt, negative = pasted.prompt, pasted.negative if negative is None else negative
    told = pasted.like if pasted else None
    wishes = await completed(
        interaction,
        Wish(prompt, negative, checkpoint, size, quality, imagination, count),
        seed=lot,
        best_of=best_of,
        shaped=image is not None,
        told=bool(like or told),
        plain=plain,
    )
    first, studio = wishes[0], interaction.client.studio
    name = first.checkpoint or await usual_checkpoint(studio, interaction.guild_id)
    manner = await manner_of(interaction, result)
    await served_soon(interaction, name, secretly=manner.is_secret)
    if checkpoint is None:
        texts = [text for each in wishes for text in (each.prompt, each.negative) if text]
        name = await checkpoint_for(interaction, texts, name)
    if image or like:
        await promise(interaction, ephemeral=manner.is_secret)
    if telling := like or (image if prompt is None else None):
        told = await like_in(interaction, telling)
    name = checkpoint or (told and told.checkpoint) or name
    known = studio.checkpoints.served(name)
    chosen: dict[str, Any] = {"steps": steps, "sampler": sampler, "guidance_scale": guidance}
    chosen |= {"anatomy": anatomy, "rescue": rescue, "seamless": seamless or None}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    start, shape = None, None
    if image is not None:
        start, shape = await start_from(
            interaction, image, mask, (mask_words or "").strip() or None, strength
        )
        chosen["seamless"] = False
    shown = first.pictures or MAX_PICTURES
    noises = (
        (await _last_noise(interaction, seed),)
        if freeze
        else _noises(lot, best_of or shown, told if seed is None else None)
    )
    chosen |= {"noises": noises, "best": best_of and min(shown, best_of), "start": start}
    tasks = []
    for wish in wishes:
        width, height = _pixels(known, name, wish.size, shape, told)
        sampling = _sampling(studio, known, told, wish) | {"width": width, "height": height}
        tasks.append(Imagine(**sampling | chosen))
    await submit_all(studio, interaction, tasks, name, manner=manner, question=_question(tasks))
    await tell_missed(interaction, told)
    await _tell_habits(interaction, first.prompt or "")


def _refuse_what_excludes_itself(
    image: object, of_image: object, seamless: bool, frozen_best: object
) -> None:
    if image is None and of_image:
        raise Refusal(Told("A mask and a strength belong to a picture. Please attach it as `image`."))
    if seamless and image is not None:
        raise Refusal(
            Told("Seamless tiles are drawn from words alone. Please leave out `seamless`, or `image`.")
        )
    if frozen_best:
        raise Refusal(Told("Frozen noise makes one picture. Please leave out `best_of`, or `freeze`."))


async def _tell_habits(interaction: Interaction, prompt: str) -> None:
    """Tell the member which words of their prompt are options here, as habits of other bots."""
    if meant := hints(parse(prompt), partial(as_option, private(interaction))):
        said = (hint.but(typed=escape(str(hint.fields["typed"]))) for hint in meant)
        await interaction.followup.send(" ".join(map(private(interaction).of, said)), ephemeral=True)


def _sampling(
    studio: Studio,
    known: ServedCheckpoint,
    told: Like | None,
    wish: Wish,
) -> dict[str, Any]:
    """Give the fields that were typed, else those of a picture that tells them, else the usual ones."""
    effort = Quality(wish.quality or Quality.STANDARD).effort_with(known.usual)
    guidance = Imagination(wish.imagination or Imagination.BALANCED).guidance_with(known.usual)
    fields: dict[str, Any] = {"weighting": studio.settings.weighting, **(told.fields if told else {})}
    if wish.quality or "steps" not in fields:
        fields |= {"steps": effort.steps, "sampler": effort.sampler}
    if wish.imagination or "guidance_scale" not in fields:
        fields["guidance_scale"] = guidance
    typed = {"prompt": wish.prompt, "negative_prompt": wish.negative}
    fields |= {name: one_line(text) for name, text in typed.items() if text is not None}
    if "prompt" not in fields:
        raise Refusal(Told("Please say what should be in the picture, or attach one that carries its words."))
    for name in typed:
        # What a picture tells may be longer than what can be typed.
        if len(fields.get(name, "")) > PROMPT_LIMIT and (reason := malformed(fields[name], _CALLED[name])):
            assert isinstance(reason.explanation, Told)
            raise Refusal(reason.explanation)
    return fields


def _question(tasks: Sequence[Imagine]) -> Told | None:
    """Ask before braces make several jobs; None where there is one."""
    if len(tasks) == 1:
        return None
    return Told(
        "Your braces make {jobs} prompts, from “{first}” to “{last}”: {jobs} jobs with {pictures} pictures "
        "in all.",
        jobs=len(tasks),
        pictures=sum(task.pictures for task in tasks),
        first=escape(tasks[0].prompt, _QUOTED),
        last=escape(tasks[-1].prompt, _QUOTED),
    )


def _pixels(
    known: ServedCheckpoint, name: str, size: str | None, shape: tuple[int, int] | None, told: Like | None
) -> tuple[int, int]:
    """Give width and height: as typed, else of the picture to start from, else as a picture tells."""
    if size is not None:
        return size_said(size, known.side)
    if shape is None and told and told.size:
        return told.size if told.checkpoint == name else size_like(*told.size, known.side)
    return size_like(*(shape or (1, 1)), known.side)


def _noises(seed: int, count: int, told: Like | None) -> tuple[Noise, ...]:
    """Give noises from a seed on, or from the noise of a picture that tells it."""
    first = told.noise if told and told.noise else Noise(seed=seed)
    seeds = ((first.seed + place) % (MAX_SEED + 1) for place in range(count))
    return tuple(first.model_copy(update={"seed": each}) for each in seeds)


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


@imagine.autocomplete("prompt")
async def _complete_prompt(interaction: Interaction, typed: str) -> list[Choice[str]]:
    return await completions(interaction, typed)


imagine.autocomplete("size")(complete_size)


@imagine.autocomplete("checkpoint")
async def _complete_checkpoint(interaction: Interaction, typed: str) -> list[Choice[str]]:
    names = interaction.client.studio.checkpoints.matching(typed)
    return [Choice(name=name, value=name) for name in names]
