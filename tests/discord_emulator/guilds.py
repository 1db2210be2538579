"""Servers, which Discord calls guilds."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import discord

from .channels import CATEGORY, TEXT, THREAD, Channel
from .errors import Json
from .people import Member, Role, User

if TYPE_CHECKING:
    from .world import World


@dataclass(eq=False, repr=False)
class Guild:
    """A server. Its id is also the id of its @everyone role."""

    world: "World"
    id: int
    name: str
    locale: str = "en-US"
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

    def category(self, name: str) -> Channel:
        """A new category, for channels to stand in."""
        return self._added(Channel(self.world, self.world.clock.snowflake(), name, CATEGORY, self))

    def channel(
        self, name: str = "general", *, nsfw: bool = False, category: Channel | None = None
    ) -> Channel:
        """A new text channel."""
        id = self.world.clock.snowflake()
        return self._added(Channel(self.world, id, name, TEXT, self, nsfw, category=category))

    def _added(self, channel: Channel) -> Channel:
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
        channels = [each.json() for each in self.channels if each.type in (TEXT, CATEGORY)]
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
            "preferred_locale": self.locale,
            "public_updates_channel_id": None,
            "nsfw_level": 0,
            "premium_progress_bar_enabled": False,
            "safety_alerts_channel_id": None,
        }
