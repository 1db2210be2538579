"""What a member asks `/imagine` for: as typed, as a style of the notebook says, or as chosen by default."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from bot.notebook import lexicon_for, lexicon_of
from bot.once import once
from bot.refusals import Refusal
from bot.studio import Interaction, Press, Studio
from moderation.prompt_form import one_line
from moderation.told import Told
from storage.manner import Manner
from storage.records.defaults import Defaults
from storage.records.jobs import JobRecord
from tasks.expand import Expanded, all_expanded
from tasks.notebook import Kind, key

NO_PROMPT = Told("The prompt is empty. Please say what should be in the picture.")


class Wish(NamedTuple):
    """The options of `/imagine` that have defaults, `pictures` its count; None where nothing was typed."""

    prompt: str | None
    negative: str | None
    checkpoint: str | None
    size: str | None
    quality: str | None
    imagination: str | None
    pictures: int | None


async def usual_of(interaction: Interaction) -> Defaults:
    """Give what was chosen by the member, for the channel and for the server. Raises DatabaseAway."""
    places = [interaction.channel_id, getattr(interaction.channel, "parent_id", None), interaction.guild_id]
    defaults = interaction.client.studio.defaults
    asked = partial(defaults.of, interaction.user.id, *filter(None, places))
    return await once(interaction, asked, name="defaults")


async def usual_checkpoint(studio: Studio, server_id: int | None) -> str:
    """Give the checkpoint of a server: its own, or the operator's. Raises DatabaseAway."""
    chosen = (await studio.defaults.of(server_id)).checkpoint if server_id is not None else None
    return chosen or studio.settings.default_checkpoint


async def chosen_checkpoint(interaction: Interaction) -> str:
    """Give the checkpoint that whoever asks draws with here: their own, the channel's or the server's."""
    return (await usual_of(interaction)).checkpoint or interaction.client.studio.settings.default_checkpoint


async def manner_of(interaction: Interaction, said: str | None) -> Manner:
    """Say how a result is handed over: as the member says, else as usual. Raises DatabaseAway.

    What is asked for in a direct message comes there anyway.
    """
    manner = Manner(said or (await usual_of(interaction)).result or Manner.HERE)
    return Manner.HERE if interaction.guild_id is None and manner is Manner.DIRECT else manner


async def handed_on(press: Press, record: JobRecord) -> Manner:
    """Say how that is handed over what is shown or made of a job's picture. Raises DatabaseAway.

    As the picture was, but to whoever pressed alone if that is how they have their results; a direct message
    is where it is.
    """
    manner = record.origin.manner
    if not manner.is_secret and (usual := await manner_of(press, None)).is_secret:
        return usual
    return Manner.HERE if press.guild_id is None and manner is Manner.DIRECT else manner


async def completed(
    interaction: Interaction,
    wish: Wish,
    *,
    seed: int,
    best_of: int | None,
    shaped: bool,
    told: bool,
    plain: bool = False,
) -> list[Wish]:
    """Give a wish for each prompt that braces list, with entries in the place of their names and defaults.

    `seed` decides what wildcards take. What is drawn over a picture is `shaped` by it, and a picture that is
    to be made again has `told` all that has defaults. A `plain` wish takes neither the usual style nor the
    usual negative prompt. Raises Refusal, NotebookError, TooManyPrompts.
    """
    if wish.prompt is None:
        return [wish]
    usual = Defaults() if told else await usual_of(interaction)
    if plain:
        usual = usual.model_copy(update={"style": None, "negative": None})
    prompt = one_line(wish.prompt)
    negative = one_line(usual.negative or "" if wish.negative is None else wish.negative)
    lexicon = await (lexicon_of(interaction) if usual.style else lexicon_for(interaction, prompt, negative))
    style = lexicon.get(key(usual.style or ""))
    style = style if style is not None and style.kind is Kind.STYLE else None
    found = all_expanded(prompt, negative, lexicon, seed, style)
    return [_drawn(each, wish, usual, best_of=best_of, shaped=shaped) for each in found]


def _drawn(found: Expanded, wish: Wish, usual: Defaults, *, best_of: int | None, shaped: bool) -> Wish:
    """Say how a prompt is drawn: as typed, else as its first style says that says anything, else as usual."""
    if not found.prompt.strip():
        # Braces may list nothing beside nothing.
        raise Refusal(NO_PROMPT)
    said = next((style for style in found.styles if style.size or style.quality or style.imagination), None)
    return Wish(
        prompt=found.prompt,
        negative=found.negative if found.negative or wish.negative is not None else None,
        checkpoint=wish.checkpoint or usual.checkpoint,
        size=wish.size or (None if shaped else (said and said.size) or usual.size),
        quality=wish.quality or (said and said.quality) or usual.quality,
        imagination=wish.imagination or (said and said.imagination) or usual.imagination,
        pictures=wish.pictures or (None if best_of else usual.count),
    )
