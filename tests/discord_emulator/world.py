"""The servers, channels and people of the emulated Discord."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import discord

from .actors import Actor
from .attachments import Attachment, clean_filename, guess_type
from .clock import Clock
from .errors import Json
from .messages import Message
from .pulse import Pulse

if TYPE_CHECKING:
    from .application import Application
    from .gateway import Gateway
    from .interactions import InteractionRun

TEXT, DM, THREAD = 0, 1, 11

MEMBER_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    add_reactions=True,
    read_message_history=True,
    use_application_commands=True,
    use_external_emojis=True,
)
DM_PERMISSIONS = MEMBER_PERMISSIONS | discord.Permissions(mention_everyone=True)


@dataclass(eq=False)
class User:
    """An account, wherever it is."""

    id: int
    name: str
    bot: bool = False
    dms_closed: bool = False

    def json(self) -> Json:
        return {
            "id": str(self.id),
            "username": self.name.lower().replace(" ", "_"),
            "global_name": None if self.bot else self.name,
            "discriminator": "0000" if self.bot else "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }


@dataclass(eq=False)
class Role:
    """A role of a guild; the one with the guild's id is @everyone."""

    id: int
    name: str
    permissions: discord.Permissions
    mentionable: bool = False

    def json(self) -> Json:
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(self.permissions.value),
            "mentionable": self.mentionable,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": 0 if self.name == "@everyone" else 1,
            "managed": False,
            "flags": 0,
        }


@dataclass(eq=False, repr=False)
class Member(Actor):
    """A user in a guild: what it may do, what only it sees, and (as an `Actor`) what it does."""

    user: User
    guild: "Guild"
    roles: list[Role] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Member {self.name}>"

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    @property
    def world(self) -> "World":
        return self.guild.world

    @property
    def ephemerals(self) -> list[Message]:
        """The messages that only this member sees, oldest first."""
        return [
            message
            for channel in self.world.channels.values()
            for message in channel.stored.values()
            if message.visible_to is self.user and not message.deleted
        ]

    @property
    def permissions(self) -> discord.Permissions:
        """What the roles give everywhere in the guild."""
        value = self.guild.everyone.permissions.value
        for role in self.roles:
            value |= role.permissions.value
        return discord.Permissions(value)

    @property
    def dm(self) -> "Channel":
        """The direct channel between this member and the bot."""
        return self.world.dm_with(self.user)

    @property
    def dms(self) -> list[Message]:
        """The direct messages between this member and the bot."""
        return self.dm.messages

    def close_dms(self) -> None:
        """Refuse direct messages (50007)."""
        self.user.dms_closed = True

    def json(self, *, user: bool = True) -> Json:
        body: Json = {
            "roles": [str(role.id) for role in self.roles],
            "joined_at": "2024-01-01T00:00:00+00:00",
            "nick": None,
            "avatar": None,
            "banner": None,
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "communication_disabled_until": None,
            "flags": 0,
        }
        return body | ({"user": self.user.json()} if user else {})


@dataclass(eq=False)
class Overwrite:
    """What a channel allows or denies a role or member. Reference, "Permissions", Permission Overwrites."""

    id: int
    is_member: bool
    allow: discord.Permissions = field(default_factory=discord.Permissions.none)
    deny: discord.Permissions = field(default_factory=discord.Permissions.none)

    def json(self) -> Json:
        return {
            "id": str(self.id),
            "type": int(self.is_member),
            "allow": str(self.allow.value),
            "deny": str(self.deny.value),
        }


@dataclass(eq=False, repr=False)
class Channel:
    """A text channel, a thread or a direct channel."""

    world: "World"
    id: int
    name: str
    type: int = TEXT
    guild: "Guild | None" = None
    age_restricted: bool = False
    parent: "Channel | None" = None
    recipient: User | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    stored: dict[int, Message] = field(default_factory=dict)
    typing: int = 0
    deleted: bool = False

    def __repr__(self) -> str:
        return f"<Channel #{self.name}, {len(self.stored)} messages>"

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def nsfw(self) -> bool:
        """Age-restricted; a thread is what its parent is."""
        return self.parent.nsfw if self.parent else self.age_restricted

    @property
    def messages(self) -> list[Message]:
        """What everybody in the channel sees, oldest first."""
        return [each for each in self.stored.values() if not each.deleted and not each.ephemeral]

    @property
    def bot_permissions(self) -> discord.Permissions:
        return self.permissions_of(self.world.bot)

    def permissions_of(self, user: User) -> discord.Permissions:
        """Reference, "Permissions", Permission Hierarchy."""
        if self.guild is None:
            return DM_PERMISSIONS
        if self.parent is not None:
            return self.parent.permissions_of(user)
        member = self.guild.members.get(user.id)
        if member is None:
            return discord.Permissions.none()
        base = member.permissions
        if base.administrator or self.guild.owner is member:
            return discord.Permissions.all()
        value = base.value
        roles = [self.overwrites[role.id] for role in member.roles if role.id in self.overwrites]
        layers = [
            [self.overwrites[each] for each in (self.guild.id,) if each in self.overwrites],
            roles,
            [self.overwrites[each] for each in (user.id,) if each in self.overwrites],
        ]
        for layer in layers:
            for overwrite in layer:
                value &= ~overwrite.deny.value
            for overwrite in layer:
                value |= overwrite.allow.value
        granted = discord.Permissions(value)
        return granted if granted.view_channel else discord.Permissions.none()

    def deny(self, whom: "Member | Role", *permissions: str) -> None:
        """Take permissions away here: `channel.deny(guild.me, "send_messages")`."""
        self._overwrite(whom, dict.fromkeys(permissions, True), deny=True)

    def allow(self, whom: "Member | Role", *permissions: str) -> None:
        """Give permissions here, whatever was denied before."""
        self._overwrite(whom, dict.fromkeys(permissions, True), deny=False)

    def _overwrite(self, whom: "Member | Role", flags: dict[str, bool], *, deny: bool) -> None:
        overwrite = self.overwrites.setdefault(whom.id, Overwrite(whom.id, isinstance(whom, Member)))
        overwrite.allow.update(**dict.fromkeys(flags, not deny))
        overwrite.deny.update(**dict.fromkeys(flags, deny))
        self._updated()

    def set_nsfw(self, nsfw: bool) -> None:
        """Turn the age restriction on or off."""
        self.age_restricted = nsfw
        self._updated()

    def _updated(self) -> None:
        self.world.dispatch("CHANNEL_UPDATE", self.json(), self)

    def delete(self) -> None:
        """A moderator deletes the channel, and its threads with it (10003 from then on)."""
        for thread in [each for each in self.world.channels.values() if each.parent is self]:
            thread.delete()
        event = "THREAD_DELETE" if self.type == THREAD else "CHANNEL_DELETE"
        self.world.dispatch(event, self.json(), self)
        self.deleted = True
        for message in self.stored.values():
            message.deleted = True
        del self.world.channels[self.id]
        self.world.pulse.beat()

    def thread(self, name: str) -> "Channel":
        """A public thread under this channel."""
        thread = Channel(self.world, self.world.clock.snowflake(), name, THREAD, self.guild, parent=self)
        self.world.channels[thread.id] = thread
        self.world.dispatch("THREAD_CREATE", thread.json() | {"newly_created": True}, thread)
        return thread

    async def wait_message(
        self, predicate: Callable[[Message], object] = lambda _: True, within: float = 5
    ) -> Message:
        """The first message that everybody sees here and that fits, now or soon (edits count)."""

        def fitting() -> Message | None:
            return next((each for each in self.messages if predicate(each)), None)

        return await self.world.pulse.until(fitting, within, self.render)

    def render(self) -> str:
        """The channel as plain text."""
        return "\n\n".join(each.render() for each in self.messages) or "(no messages)"

    def json(self) -> Json:
        body: Json = {
            "id": str(self.id),
            "type": self.type,
            "last_message_id": str(next(reversed(self.stored))) if self.stored else None,
            "flags": 0,
        }
        if self.guild is None:
            assert self.recipient is not None
            return body | {"recipients": [self.recipient.json()]}
        body |= {"guild_id": str(self.guild.id), "name": self.name, "rate_limit_per_user": 0}
        if self.parent is not None:
            return body | {
                "parent_id": str(self.parent.id),
                "owner_id": str(self.guild.owner.id),
                "message_count": len(self.stored),
                "member_count": 1,
                "total_message_sent": len(self.stored),
                "thread_metadata": {
                    "archived": False,
                    "auto_archive_duration": 1440,
                    "archive_timestamp": self.world.clock.now().isoformat(),
                    "locked": False,
                },
            }
        return body | {
            "position": 0,
            "topic": None,
            "parent_id": None,
            "nsfw": self.nsfw,
            "permission_overwrites": [each.json() for each in self.overwrites.values()],
        }


@dataclass(eq=False, repr=False)
class Guild:
    """A server. Its id is also the id of its @everyone role."""

    world: "World"
    id: int
    name: str
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    owner: Member = field(init=False)

    def __repr__(self) -> str:
        return f"<Guild {self.name}>"

    @property
    def channels(self) -> list[Channel]:
        return [each for each in self.world.channels.values() if each.guild is self]

    @property
    def me(self) -> Member:
        """The bot as a member here."""
        return self.members[self.world.bot.id]

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    def channel(self, name: str = "general", *, nsfw: bool = False) -> Channel:
        """A new text channel."""
        channel = Channel(self.world, self.world.clock.snowflake(), name, TEXT, self, nsfw)
        self.world.channels[channel.id] = channel
        self.world.dispatch("CHANNEL_CREATE", channel.json(), channel)
        return channel

    def role(self, name: str, *permissions: str, mentionable: bool = False) -> Role:
        """A new role with these permissions."""
        granted = discord.Permissions(**dict.fromkeys(permissions, True))
        role = Role(self.world.clock.snowflake(), name, granted, mentionable)
        self.roles[role.id] = role
        self.world.dispatch_guild("GUILD_ROLE_CREATE", {"guild_id": str(self.id), "role": role.json()}, self)
        return role

    def member(self, name: str, *, permissions: tuple[str, ...] | list[str] = ()) -> Member:
        """A new member; `permissions` come as a role of its own."""
        user = User(self.world.clock.snowflake(), name)
        self.world.users[user.id] = user
        return self.join(user, [self.role(f"{name}'s role", *permissions)] if permissions else [])

    def join(self, user: User, roles: list[Role] | None = None) -> Member:
        """A known user (perhaps of another guild) joins."""
        member = self.members[user.id] = Member(user, self, roles or [])
        body = member.json() | {"guild_id": str(self.id)}
        self.world.dispatch_guild("GUILD_MEMBER_ADD", body, self)
        return member

    def kick_bot(self) -> None:
        """Remove the bot from the server (50001 from then on)."""
        del self.members[self.world.bot.id]
        self.world.dispatch_guild("GUILD_DELETE", {"id": str(self.id)}, self)
        del self.world.guilds[self.id]

    def json(self, *, all_members: bool = False) -> Json:
        """Reference, "Guild Create". Without the members intent only the bot itself is listed."""
        members = self.members.values() if all_members else [self.me]
        channels = [each.json() for each in self.channels if each.type == TEXT]
        threads = [each.json() for each in self.channels if each.type == THREAD]
        return self.summary() | {
            "joined_at": "2024-01-01T00:00:00+00:00",
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "voice_states": [],
            "members": [each.json() for each in members],
            "channels": channels,
            "threads": threads,
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def summary(self) -> Json:
        """Reference, "Guild Object"."""
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "owner_id": str(self.owner.id),
            "afk_channel_id": None,
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "roles": [role.json() for role in self.roles.values()],
            "emojis": [],
            "stickers": [],
            "features": [],
            "mfa_level": 0,
            "application_id": None,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "max_members": 500000,
            "vanity_url_code": None,
            "description": None,
            "banner": None,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": "en-US",
            "public_updates_channel_id": None,
            "nsfw_level": 0,
            "premium_progress_bar_enabled": False,
            "safety_alerts_channel_id": None,
        }


class World:
    """Everything that exists, and the one bot that looks at it."""

    def __init__(self, clock: Clock, pulse: Pulse, cdn_url: str, upload_limit: int) -> None:
        self.clock = clock
        self.pulse = pulse
        self.cdn_url = cdn_url
        self.upload_limit = upload_limit
        self.bot = User(clock.snowflake(), "Darkroom", bot=True)
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
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

    def find_message(self, message_id: int) -> Message | None:
        return next(
            (each.stored[message_id] for each in self.channels.values() if message_id in each.stored), None
        )

    def store(self, owner: int, filename: str, content: bytes, description: str | None = None) -> Attachment:
        """Put a file at the CDN, under an address that expires. Reference, "Signed Attachment CDN URLs"."""
        number, name = self.clock.snowflake(), clean_filename(filename)
        expires = int(self.clock.now().timestamp()) + 24 * 3600
        url = f"{self.cdn_url}/attachments/{owner}/{number}/{name}?ex={expires:x}&is={expires - 86400:x}&hm=0"
        attachment = Attachment(number, name, content, guess_type(name), url, description)
        self.attachments[number] = attachment
        return attachment

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
