"""Text channels, their categories, threads and direct channels, and who may do what there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import discord

from .errors import Json
from .messages import Message
from .people import DM_PERMISSIONS, Member, Role, User
from .pulse import PATIENCE

if TYPE_CHECKING:
    from .guilds import Guild
    from .world import World

TEXT, DM, CATEGORY, THREAD = 0, 1, 4, 11


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
    """A text channel, a category, a thread or a direct channel."""

    world: "World"
    id: int
    name: str
    type: int = TEXT
    guild: "Guild | None" = None
    age_restricted: bool = False
    parent: "Channel | None" = None
    """A thread's channel."""
    category: "Channel | None" = None
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
        self, predicate: Callable[[Message], object] = lambda _: True, within: float = PATIENCE
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
            "parent_id": str(self.category.id) if self.category else None,
            "nsfw": self.nsfw,
            "permission_overwrites": [each.json() for each in self.overwrites.values()],
        }
