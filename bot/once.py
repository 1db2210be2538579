"""What is found out once for an interaction, however many of the steps that take it ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import discord

_T = TypeVar("_T")


async def once(interaction: discord.Interaction[Any], find: Callable[[], Awaitable[_T]], *, name: str) -> _T:
    """Give what `find` gives, which is asked when that `name` is first wanted for an interaction."""
    if name not in interaction.extras:
        interaction.extras[name] = await find()
    return cast("_T", interaction.extras[name])
