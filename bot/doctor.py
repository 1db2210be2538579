"""The Discord side of the doctor: the token, the invite link, and what the bot may do in every channel."""

from __future__ import annotations

import aiohttp
import discord

from bot.channels import INVITE_PERMISSIONS, missing_permissions
from storage.database import Database, DatabaseAway
from storage.diagnosis import Check
from storage.errors import reason_of
from storage.records.policies import PolicyRecords
from storage.settings import BotSettings

_SHOWN = 10


async def examine_discord(settings: BotSettings) -> list[Check]:
    """Log in over HTTP, without going online, and check every part."""
    if settings.discord_token is None:
        says = "no token: set DARKROOM_DISCORD_TOKEN once you have made the application (see the README)"
        return [Check(part="Discord", state="note", says=says)]
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(settings.discord_token.get_secret_value())
            return [*await _application(client), *await _servers(client), *await _directory(settings)]
        except discord.LoginFailure:
            says = "the token is wrong: copy it again from the Bot page of your application"
            return [Check(part="Discord", state="broken", says=says)]
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            return [Check(part="Discord", state="broken", says=f"cannot be reached: {reason_of(error)}")]


async def _application(client: discord.Client) -> list[Check]:
    url = discord.utils.oauth_url(client.application_id or 0, permissions=INVITE_PERMISSIONS)
    return [
        Check(part="Discord", state="fine", says=f"the token belongs to {client.user}"),
        Check(part="invite link", state="fine", says=url),
    ]


async def _directory(settings: BotSettings) -> list[Check]:
    """Remind of what Discord asks of listed apps, if any place is for adults."""
    try:
        database = await Database.open(settings.database_address)
    except DatabaseAway:
        return []  # of which the storage's part tells
    try:
        places = await PolicyRecords(database).for_adults()
    finally:
        await database.close()
    if not places:
        return []
    says = (
        f"policies for adults: {len(places)}. Discord allows no age-restricted content in an app that is "
        "listed in its App Directory, so do not list yours there"
    )
    return [Check(part="App Directory", state="note", says=says)]


async def _servers(client: discord.Client) -> list[Check]:
    checks = []
    async for partial in client.fetch_guilds(limit=None):
        guild = await client.fetch_guild(partial.id)
        me = await guild.fetch_member(client.user.id if client.user else 0)
        closed = [
            f"#{channel.name} ({', '.join(missing)})"
            for channel in await guild.fetch_channels()
            if isinstance(channel, discord.TextChannel)
            and (missing := missing_permissions(channel.permissions_for(me), channel))
        ]
        if closed:
            says = f"cannot post in {'; '.join(closed[:_SHOWN])}{' ...' if len(closed) > _SHOWN else ''}"
            checks.append(Check(part=f"server {guild.name}", state="note", says=says))
        else:
            checks.append(Check(part=f"server {guild.name}", state="fine", says="can post in every channel"))
    if not checks:
        says = "the bot is in no server yet: open the invite link"
        checks.append(Check(part="servers", state="note", says=says))
    return checks


def not_connected(client: discord.Client) -> str | None:
    """Say so if members are not answered, because there is no connection to Discord."""
    return None if client.is_ready() else "The bot is not connected to Discord."
