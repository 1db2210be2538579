"""What suspended members are told instead of being served: why, until when, and what they can do."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord

from bot.buttons import case_button, view_of
from bot.language import private
from bot.once import once
from bot.refusals import Refusal
from bot.wording import escape
from moderation.told import Told
from storage.records.suspensions import Suspension


async def refuse_suspended(interaction: discord.Interaction[Any]) -> None:
    """Raise Refusal if whoever asks is suspended in this server. Raises DatabaseAway."""
    if interaction.guild_id is None:
        return
    current = interaction.client.studio.suspensions.current
    asked = partial(current, interaction.guild_id, interaction.user.id)
    suspension: Suspension | None = await once(interaction, asked, name="suspension")
    if suspension is not None:
        label = private(interaction).say("Appeal")
        view = view_of([case_button("contest", suspension.id, label)])
        raise Refusal(suspended_words(suspension), view)


def suspended_words(suspension: Suspension) -> Told:
    """Say why somebody is suspended, and until when."""
    return Told(
        "You are suspended here until {end}: {reason} Until then I make nothing for you in this server. If "
        "you think that this is a mistake, press Appeal and the moderators will look at it.",
        end=discord.utils.format_dt(suspension.ends_at, "f"),
        reason=_sentence(suspension),
    )


def _sentence(suspension: Suspension) -> str:
    # What strikes led to is said in the member's language; what a moderator wrote stays as it is.
    if suspension.by is None:
        return Told("The rules that hold in every channel refused what you asked for several times.")
    said = escape(suspension.reason)
    return said if said.endswith((".", "!", "?", "。")) else f"{said}."
