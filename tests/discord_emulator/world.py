"""Everything that exists in the emulated Discord."""

from typing import TYPE_CHECKING

import discord

from .attachments import Attachment, clean_filename, guess_type
from .channels import DM, Channel
from .clock import Clock
from .errors import Json
from .guilds import Guild
from .hosts import CDN, PROXY
from .messages import Message
from .people import MEMBER_PERMISSIONS, Member, Role, User
from .pulse import Pulse

if TYPE_CHECKING:
    from .application import Application
    from .gateway import Gateway
    from .interactions import InteractionRun

__all__ = ["Channel", "Guild", "Member", "Role", "User", "World"]


class World:
    """Everything that exists, and the one bot that looks at it."""

    def __init__(self, clock: Clock, pulse: Pulse, upload_limit: int) -> None:
        self.clock = clock
        self.pulse = pulse
        self.upload_limit = upload_limit
        self.bot = User(clock.snowflake(), "Darkroom", bot=True)
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
        self.moved: dict[int, str] = {}
        """Where the CDN sends on to, for the files that it no longer has."""
        self.runs: dict[str, InteractionRun] = {}
        self.application: Application
        self.gateway: Gateway

    def guild(self, name: str, bot_permissions: discord.Permissions) -> Guild:
        """A server that the bot was invited to with these permissions."""
        guild = Guild(self, self.clock.snowflake(), name)
        guild.roles[guild.id] = Role(guild.id, "@everyone", MEMBER_PERMISSIONS)
        guild.owner = guild.member(f"Owner of {name}")
        role = Role(self.clock.snowflake(), self.bot.name, bot_permissions)
        guild.roles[role.id] = role
        guild.members[self.bot.id] = Member(self.bot, guild, [role])
        self.guilds[guild.id] = guild
        self.dispatch_guild("GUILD_CREATE", guild.json(), guild)
        return guild

    def dm_with(self, user: User) -> Channel:
        """The direct channel with a user, opened when it is not there yet."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self, self.clock.snowflake(), user.name, DM, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def shares_a_guild(self, user: User) -> bool:
        """Say whether a user is in a server with the bot, which alone opens their direct channel to it."""
        return any(user.id in guild.members for guild in self.guilds.values())

    def find_message(self, message_id: int) -> Message | None:
        return next(
            (each.stored[message_id] for each in self.channels.values() if message_id in each.stored), None
        )

    def store(self, owner: int, filename: str, content: bytes, description: str | None = None) -> Attachment:
        """Put a file at the CDN, under an address that expires. Reference, "Signed Attachment CDN URLs"."""
        number, name = self.clock.snowflake(), clean_filename(filename)
        expires = int(self.clock.now().timestamp()) + 24 * 3600
        url = f"https://{CDN}/attachments/{owner}/{number}/{name}?ex={expires:x}&is={expires - 86400:x}&hm=0"
        attachment = Attachment(number, name, content, guess_type(name), url, description)
        self.attachments[number] = attachment
        return attachment

    def preview(self, address: str, content: bytes) -> Json:
        """What Discord makes of a link to a picture: an embed that shows it from a host of Discord's."""
        number = self.clock.snowflake()
        name = address.rpartition("/")[2]
        proxied = f"https://{PROXY}/external/{number}/{address.replace('://', '/')}"
        kept = Attachment(number, name, content, guess_type(name), proxied)
        self.attachments[number] = kept
        across, down = kept.image().size
        shown = {"url": address, "proxy_url": proxied, "width": across, "height": down}
        return {"type": "image", "url": address, "thumbnail": shown}

    def dispatch(self, event: str, body: Json, channel: Channel) -> None:
        """Tell the bot, if it can see the channel."""
        if channel.guild is None or channel.bot_permissions.view_channel or event.startswith("CHANNEL_"):
            self.gateway.dispatch(event, body, channel.guild)
        self.pulse.beat()

    def dispatch_guild(self, event: str, body: Json, guild: Guild) -> None:
        """Tell the bot, if it is in the guild."""
        if guild.id in self.guilds:
            self.gateway.dispatch(event, body, guild)
        self.pulse.beat()
