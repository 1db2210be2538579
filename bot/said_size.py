"""The size that a member says: offered while they type, and understood as they see it in their language."""

from __future__ import annotations

import re

from discord.app_commands import Choice, locale_str

from bot.choices import SIZES
from bot.language import Language, private
from bot.studio import Interaction
from bot.translator import choice_name
from tasks.size import NoSuchSize, size_said

SIZE_LIMIT = 40
"""Characters."""
_SIDE = 512
"""Pixels: whether something is a size does not depend on the checkpoint."""
_SHAPE = re.compile(r"\s*[(（].*")
"""What is said of a shape behind its name: `wide (7:4)`."""


def said_size(language: Language, typed: str | None) -> str | None:
    """Give a size as tasks know it, from what a member of that language chose or typed. Raises NoSuchSize."""
    if typed is None:
        return None
    wanted = _bare(typed)
    for choice in SIZES:
        if wanted in (_bare(choice.name), _bare(choice_name(language, choice))):
            return choice.value
    size_said(typed, _SIDE)
    return typed


async def complete_size(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Offer the shapes that fit what is typed, and that itself where it is a ratio or a size in pixels."""
    language, wanted = private(interaction), typed.strip().casefold()
    fitting = [
        choice
        for choice in SIZES
        if any(wanted in name.casefold() for name in (choice.name, choice_name(language, choice)))
    ]
    offered = [Choice(name=locale_str(choice.name), value=choice.value) for choice in fitting]
    try:
        size_said(typed, _SIDE)
    except NoSuchSize:
        return offered
    own = [] if any(choice.value == typed for choice in fitting) else [Choice(name=typed, value=typed)]
    return own + offered


def _bare(name: str) -> str:
    return _SHAPE.sub("", name).strip().casefold()
