"""What happens to a policy for adults when Discord's age restriction of its channel comes and goes."""

from __future__ import annotations

import logging

import discord

from bot.actions.reopen import reopen_view
from bot.channels import age_restricted, standing_of
from bot.language import of_server
from bot.studio import StudioClient

log = logging.getLogger(__name__)


async def mark_changed(
    client: StudioClient, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
) -> None:
    """Close a channel that loses its mark; one that gets it again stays closed until a moderator says so.

    That no picture for adults is shown without the mark needs nobody to hear of it: every look at the policy
    looks at the mark. But what a moderator opened once is not open for ever. Raises DatabaseAway.
    """
    if age_restricted(before) is age_restricted(after):
        return
    policies = client.studio.policies
    standing = await standing_of(client.studio, after)
    held = standing.held
    if held.policy is None or not held.policy.is_for_adults:
        return
    if not held.closed:
        await policies.close(after.guild.id, after.id)
        log.info("channel %d: closed, as Discord's age restriction changed", after.id)
    if standing.age_restricted:
        await _ask(after, held.policy.preset)


async def _ask(channel: discord.abc.GuildChannel, preset: str) -> None:
    if not isinstance(channel, discord.abc.Messageable):
        return
    language = of_server(channel.guild)
    said = language.say(
        "This channel is age-restricted again, and its policy was **{preset}**. It stays **sfw** until a "
        "moderator opens it.",
        preset=preset,
    )
    try:
        await channel.send(said, view=reopen_view(language, channel.id))
    except discord.HTTPException as error:
        log.info("channel %d: could not be asked whether it opens again: %s", channel.id, error)
