"""What happens to a channel when Discord's age restriction of it comes and goes."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import discord

from bot.actions.reopen import reopen_view
from bot.channels import age_restricted, standing_of
from bot.language import of_server
from bot.studio import StudioClient
from moderation.policy import Policy
from moderation.told import Told

log = logging.getLogger(__name__)


async def mark_changed(
    client: StudioClient, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
) -> None:
    """Close a channel that loses its mark; one that gets it again stays closed until a moderator says so.

    That no picture for adults is shown without the mark needs nobody to hear of it: every look at the policy
    looks at the mark. But what a moderator opened once is not open for ever, whichever policy holds there
    meanwhile, in its threads or around it. Raises DatabaseAway.
    """
    # Read before anything is awaited: `after` goes on changing, and a mark that is gone for a moment is gone.
    # One change is looked at after another, so that the next one finds what became of this.
    is_marked = age_restricted(after)
    if age_restricted(before) is is_marked:
        return
    async with client.studio.marking:
        await (_gained if is_marked else _lost)(client, after)


async def look_at_marks(client: StudioClient, channels: Iterable[discord.abc.GuildChannel]) -> None:
    """Do the same for what got or lost its mark while nobody was there to hear of it. Raises DatabaseAway."""
    async with client.studio.marking:
        marks = [(each, age_restricted(each)) for each in channels]
        remembered = await client.studio.marks.remembered([each.id for each, _ in marks])
        for channel, is_marked in marks:
            if is_marked is not (channel.id in remembered):
                await (_gained if is_marked else _lost)(client, channel)


async def _lost(client: StudioClient, channel: discord.abc.GuildChannel) -> None:
    studio = client.studio
    if not (await standing_of(studio, channel)).held.closed:
        await studio.policies.close(channel.guild.id, channel.id)
        log.info("channel %d: closed, as it is no longer age-restricted", channel.id)
    await studio.marks.forget(channel.id)


async def _gained(client: StudioClient, channel: discord.abc.GuildChannel) -> None:
    await client.studio.marks.remember(channel.id)
    places = [channel, *getattr(channel, "threads", ())]
    standings = [await standing_of(client.studio, place) for place in places]
    here = standings[0]
    policies = (standing.held.policy for standing in standings)
    opens = next((policy for policy in policies if policy is not None and policy.is_for_adults), None)
    if opens is not None and here.age_restricted and here.held.closed:
        await _ask(client, channel, opens)


async def _ask(client: StudioClient, channel: discord.abc.GuildChannel, policy: Policy) -> None:
    """Ask in the channel whether it opens again or, where nobody can write, as in a forum, its moderators."""
    guild, language = channel.guild, of_server(channel.guild)
    named = await client.studio.reviews.channel(guild.id)
    said = Told(
        "{channel} is age-restricted again, and its policy was **{preset}**. It stays **sfw** until a "
        "moderator opens it.",
        channel=channel.mention,
        preset=str(policy.preset),
    )
    for place in (channel, guild.get_channel(named) if named else None):
        if not isinstance(place, discord.abc.Messageable):
            continue
        try:
            await place.send(language.of(said), view=reopen_view(language, channel.id))
            return
        except discord.HTTPException as error:
            log.info("channel %d: could not be asked about channel %d: %s", place.id, channel.id, error)
    log.warning("channel %d: nobody could be asked whether it opens again", channel.id)
