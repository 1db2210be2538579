"""Rate: whoever puts a heart, a star or a thumb under a picture tells taste what they like."""

from __future__ import annotations

import discord

from bot.studio import StudioClient
from bot.taste import note_choice

_LIKED, _DISLIKED = frozenset("❤♥👍⭐🌟😍"), frozenset("👎💔")


async def rate_by_reaction(client: StudioClient, reaction: discord.RawReactionActionEvent) -> None:
    """Learn from a reaction to a picture that was taken out of several, whoever reacts. Raises DatabaseAway.

    Under several pictures it says of none that it is better than the others.
    """
    # Hearts may be followed by what makes emoji of them, thumbs by the colour of a skin.
    mark = (reaction.emoji.name or " ")[0] if reaction.emoji.is_unicode_emoji() else " "
    is_bot = reaction.member is not None and reaction.member.bot
    if mark not in _LIKED | _DISLIKED or is_bot:
        return
    studio = client.studio
    index = await studio.showings.index_of(reaction.message_id)
    found = None if index is None else await studio.showings.asked_by(reaction.message_id)
    record = await studio.jobs.get(found[0]) if found else None
    if record is not None:
        await note_choice(studio, reaction.user_id, record, index, liked=mark in _LIKED)
