"""Why nothing is posted, told to the moderators of every server, once each time the bot starts."""

from __future__ import annotations

import logging

import discord

from bot.language import of_server
from bot.studio import StudioClient
from bot.wording import escape, fit
from moderation.told import Told
from storage.database import DatabaseAway

log = logging.getLogger(__name__)


async def tell_moderators(client: StudioClient) -> None:
    """Say what is missing or altered, in the channels that the moderators named."""
    why = client.studio.reviewer.trouble
    for guild in client.guilds if why else ():
        try:
            channel_id = await client.studio.reviews.channel(guild.id)
            channel = guild.get_channel(channel_id) if channel_id else None
            if isinstance(channel, discord.TextChannel):
                said = Told("Nothing is made and nothing is posted: {why}", why=escape(str(why)))
                await channel.send(fit(of_server(guild).of(said)))
        except (discord.HTTPException, DatabaseAway) as error:
            log.error("the moderators of server %d are not told that nothing is posted: %s", guild.id, error)
