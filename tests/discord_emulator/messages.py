"""A message as Discord keeps it and as a member reads it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from .attachments import Attachment
from .components import BUTTON, walk
from .errors import Json
from .mentions import Pings
from .pulse import PATIENCE
from .render import render

if TYPE_CHECKING:
    from .channels import Channel
    from .people import User

EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
DEFAULT, REPLY, CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND = 0, 19, 20, 23


@dataclass(frozen=True, eq=False)
class Version:
    """What a message said from a moment on, until the next edit."""

    at: datetime
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    mentions: Pings = field(default_factory=Pings)


@dataclass(eq=False, repr=False)
class Message:
    """One message with its whole history. What it says now is in the last of its `versions`."""

    id: int
    channel: "Channel"
    author: "User"
    versions: list[Version]
    pings: Pings = field(default_factory=Pings)
    type: int = DEFAULT
    reference: "Message | None" = None
    nonce: str | int | None = None
    visible_to: "User | None" = None
    interaction: Json | None = None
    webhook_id: int | None = None
    deleted: bool = False
    forwarded: "Message | None" = None

    def __repr__(self) -> str:
        return f"<Message {self.id}\n{self.render()}>"

    @property
    def current(self) -> Version:
        return self.versions[-1]

    @property
    def content(self) -> str:
        return self.current.content

    @property
    def embeds(self) -> list[Json]:
        return self.current.embeds

    @property
    def components(self) -> list[Json]:
        return self.current.components

    @property
    def attachments(self) -> list[Attachment]:
        return self.current.attachments

    @property
    def edits(self) -> list[Version]:
        return self.versions[1:]

    @property
    def created_at(self) -> datetime:
        return self.versions[0].at

    @property
    def ephemeral(self) -> bool:
        return self.visible_to is not None

    @property
    def loading(self) -> bool:
        """Whether it only says "... is thinking"."""
        return bool(self.current.flags & LOADING)

    @property
    def buttons(self) -> list[Json]:
        return [each for each in walk(self.components) if each["type"] == BUTTON]

    @property
    def labels(self) -> list[str]:
        """The buttons as a member reads them."""
        return [each.get("label") or each.get("emoji", {}).get("name", "") for each in self.buttons]

    def visible_for(self, user: "User") -> bool:
        return not self.deleted and self.visible_to in (None, user)

    def render(self) -> str:
        """Plain text as a member would read it."""
        return render(self)

    async def wait_edit(
        self, predicate: "Callable[[Message], object] | None" = None, within: float = PATIENCE
    ) -> "Message":
        """This message, once it was edited after this call and `predicate` holds."""
        before = len(self.versions)

        def edited() -> Message | None:
            if len(self.versions) > before and (predicate is None or predicate(self)):
                return self
            return None

        return await self._pulse_until(edited, within)

    async def wait(self, predicate: "Callable[[Message], object]", within: float = PATIENCE) -> "Message":
        """This message, once `predicate` holds, edited or not."""
        return await self._pulse_until(lambda: self if predicate(self) else None, within)

    async def wait_deleted(self, within: float = PATIENCE) -> None:
        """Until it is gone."""
        await self._pulse_until(lambda: self if self.deleted else None, within)

    async def _pulse_until(self, probe: "Callable[[], Message | None]", within: float) -> "Message":
        return await self.channel.world.pulse.until(probe, within, self.render)

    def json(self) -> Json:
        """Reference, "Message Object". What an embed or component shows has left the attachments."""
        channel, now = self.channel, self.current
        world, shown = channel.world, str(self.embeds) + str(self.components)
        body: Json = {
            "id": str(self.id),
            "channel_id": str(channel.id),
            "type": self.type,
            "author": self.author.json(),
            "content": now.content,
            "timestamp": self.created_at.isoformat(),
            "edited_timestamp": now.at.isoformat() if self.edits else None,
            "tts": False,
            "mention_everyone": now.mentions.everyone,
            "mentions": [world.users[each].json() for each in sorted(now.mentions.users)],
            "mention_roles": [str(each) for each in sorted(now.mentions.roles)],
            "attachments": [each.json() for each in now.attachments if each.url not in shown],
            "embeds": now.embeds,
            "components": now.components,
            "pinned": False,
            "flags": now.flags,
        }
        if self.nonce is not None:
            body["nonce"] = self.nonce
        if self.webhook_id is not None:
            body["webhook_id"] = body["application_id"] = str(self.webhook_id)
        if self.interaction is not None:
            body["interaction_metadata"] = self.interaction
            if self.type == CHAT_INPUT_COMMAND:
                # Deprecated, still sent, and read by discord.py.
                body["interaction"] = {key: self.interaction[key] for key in ("id", "type", "name", "user")}
        if self.reference is not None:
            body["message_reference"] = {
                "type": 0,
                "message_id": str(self.reference.id),
                "channel_id": str(channel.id),
            } | ({"guild_id": str(channel.guild.id)} if channel.guild else {})
            body["referenced_message"] = None if self.reference.deleted else self.reference.json()
        if self.forwarded is not None:
            body["message_reference"] = {
                "type": 1,
                "message_id": str(self.forwarded.id),
                "channel_id": str(self.forwarded.channel.id),
            }
            body["message_snapshots"] = [{"message": self.forwarded.snapshot()}]
        return body

    def snapshot(self) -> Json:
        """What a forward of it shows. Reference, "Message Snapshot Object"."""
        whole = self.json()
        same = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags")
        return {key: whole[key] for key in (*same, "mentions", "mention_roles", "components")}

    def event(self) -> Json:
        """The same in a gateway event, which adds where it is and who the author is there."""
        body, guild = self.json(), self.channel.guild
        if guild is not None:
            body["guild_id"] = str(guild.id)
            if self.author.id in guild.members:
                body["member"] = guild.members[self.author.id].json(user=False)
        return body
