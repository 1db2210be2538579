"""Users, roles and members."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import discord

from .actors import Actor
from .errors import Json
from .messages import Message

if TYPE_CHECKING:
    from .channels import Channel
    from .guilds import Guild
    from .world import World

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
    locale: str = "en-US"

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

    def leave(self) -> None:
        """Leave the server; what was said there stays."""
        del self.guild.members[self.user.id]
        body = {"guild_id": str(self.guild.id), "user": self.user.json()}
        self.world.dispatch_guild("GUILD_MEMBER_REMOVE", body, self.guild)

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
