"""`/help`: what can be done here, answered with pictures."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.language import private
from bot.studio import Interaction
from moderation.told import Told
from tasks.permutations import permuted

FOLDER = Path(__file__).parents[1] / "help"
"""Prompts, and for each topic a sheet of numbered pictures, which `pocket/help_pictures.py` draws."""


class Topic(StrEnum):
    """What can be asked about."""

    PICTURES = "pictures"
    WORDS = "words"
    BUTTONS = "buttons"
    OWN = "own"
    PRIVACY = "privacy"

    @property
    def sentences(self) -> tuple[Told, ...]:
        """Give what is said about it, under the title."""
        return _SENTENCES[self]

    @property
    def prompts(self) -> tuple[str, ...]:
        """List the prompts of its pictures, where these differ in that."""
        return tuple(prompt for written in _WRITTEN.get(self, ()) for prompt in permuted(written))


_WRITTEN: Mapping[str, list[str]] = tomllib.loads((FOLDER / "prompts.toml").read_text(encoding="utf-8"))
(_BRACES,) = _WRITTEN[Topic.WORDS]
_SENTENCES: Mapping[Topic, tuple[Told, ...]] = {
    Topic.PICTURES: (
        Told("**Pictures from words**"),
        Told("`/imagine` draws what you write: what it is, its colour, where it is and what is around it."),
        Told("What you leave out is as usual; `/settings` shows and changes what that is for you."),
    ),
    Topic.WORDS: (
        Told("**Words**"),
        Told(
            "`{prompt}` is a prompt for each thing in braces, with the same seed.",
            prompt=_WRITTEN[Topic.WORDS][0],
        ),
        Told("`(house:1.3)` counts more, `[house]` less; **How was it read?** shows what each word counts."),
        Told("`/notebook` keeps phrases and styles: `$name` puts one into a prompt."),
        Told("`/shorten` shows which words of a prompt matter, and what can go."),
    ),
    Topic.BUTTONS: (
        Told("**Buttons**"),
        Told(
            "Under a grid, **U** takes one picture out. 1 was varied a little in 2 and a lot in 3: by **V**."
        ),
        Told("4 is what **Outpaint …** makes of it. **2x** and **4x** make a picture larger."),
        Told("Under a draft, **Finish** draws the same picture finely."),
        Told("**Delete** removes what you asked for, and so does a ❌ under it."),
    ),
    Topic.OWN: (
        Told("**Pictures of your own**"),
        Told("`/edit` changes one thing: 2 is 1 with another colour. Nothing else moves."),
        Told("**Redraw** draws again what you name in words: in 3 that was the boat."),
        Told("`/blend` makes pictures with something of each of two to five of yours."),
        Told(
            "`/imagine` takes a picture to start from, and the menu of any message has Redraw with Darkroom."
        ),
    ),
    Topic.PRIVACY: (
        Told("**Who sees what**"),
        Told(
            "With `result` in `/imagine` pictures are only for you, in a direct message, or covered as in 2."
        ),
        Told("`/policy show` says what this channel lets through, and a refusal says what would pass."),
        Told("**Report** brings a picture before the moderators. `/jobs` shows what you asked for."),
    ),
}


@app_commands.command(name="help")
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.describe(topic="What you want to know; how pictures are made without")
@app_commands.choices(
    topic=[
        Choice(name="pictures from words", value=Topic.PICTURES.value),
        Choice(name="words that mean more", value=Topic.WORDS.value),
        Choice(name="the buttons", value=Topic.BUTTONS.value),
        Choice(name="pictures of your own", value=Topic.OWN.value),
        Choice(name="who sees what", value=Topic.PRIVACY.value),
    ]
)
async def show_help(interaction: Interaction, topic: str | None = None) -> None:
    """See what can be done here, with pictures."""
    asked, language = Topic(topic or Topic.PICTURES), private(interaction)
    said = [language.of(sentence) for sentence in asked.sentences]
    said += [f"{place}. `{prompt}`" for place, prompt in enumerate(asked.prompts, start=1)]
    sheet = discord.File(FOLDER / f"{asked}.jpg", description=" ".join(said).replace("*", ""))
    await interaction.response.send_message("\n".join(said), file=sheet, ephemeral=True)
