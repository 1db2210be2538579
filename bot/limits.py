"""How many jobs may wait: of a member, in a channel, of a server and in all."""

from __future__ import annotations

import discord

from bot.refusals import Refusal
from bot.studio import Studio
from moderation.told import Told


async def refuse_too_many(studio: Studio, interaction: discord.Interaction) -> None:
    """Refuse another job where as many as may be are waiting or rendering. Raises Refusal, DatabaseAway."""
    limits = studio.settings.limits
    open_now = await studio.open_jobs.now(
        interaction.user.id, interaction.channel_id or 0, interaction.guild_id
    )
    if open_now.member >= limits.member:
        raise Refusal(
            Told(
                "You have {jobs} {jobs:job that is|jobs that are} not done yet, and nobody may have more. "
                "Please wait for some of them, or cancel some in `/jobs`.",
                jobs=open_now.member,
            )
        )
    if open_now.channel >= limits.channel:
        raise Refusal(
            Told(
                "This channel has {jobs} {jobs:job that is|jobs that are} not done yet, and no channel may "
                "have more. Please try again soon.",
                jobs=open_now.channel,
            )
        )
    if interaction.guild_id is not None and open_now.server >= limits.server:
        raise Refusal(
            Told(
                "This server has {jobs} {jobs:job that is|jobs that are} not done yet, and no server may "
                "have more. Please try again soon.",
                jobs=open_now.server,
            )
        )
    if open_now.farm >= limits.farm:
        raise Refusal(
            Told(
                "{jobs} {jobs:job waits|jobs wait} for the farm already, more than it gets done soon. Please "
                "try again later.",
                jobs=open_now.farm,
            )
        )
