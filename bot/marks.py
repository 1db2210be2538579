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
    # Read before anything is awaited: `after` goes on changing, and a mark that is gone for a moment is gone.
    # One change is looked at after another, so that the next one finds what became of this.
    is_marked = age_restricted(after)
    if age_restricted(before) is is_marked:
        return
    async with client.studio.marking:
        standing = await standing_of(client.studio, after)
        held = standing.held
        if held.policy is None or not held.policy.is_for_adults:
            return
        if not is_marked and not held.closed:
            await _close(client, after)
        elif is_marked and standing.age_restricted and held.closed:
            await _ask(after, held.policy.preset)


async def close_unmarked(client: StudioClient) -> None:
    """Close the channels that lost their mark while nobody was there to hear of it. Raises DatabaseAway."""
    for place_id in await client.studio.policies.for_adults():
        channel = client.get_channel(place_id)
        if isinstance(channel, discord.abc.GuildChannel) and not isinstance(channel, discord.CategoryChannel):
            standing = await standing_of(client.studio, channel)
            if not standing.age_restricted and not standing.held.closed:
                await _close(client, channel)


async def _close(client: StudioClient, channel: discord.abc.GuildChannel) -> None:
    await client.studio.policies.close(channel.guild.id, channel.id)
    log.info("channel %d: closed, as it is no longer age-restricted", channel.id)


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
