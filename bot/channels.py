"""What Discord says of a channel: its policy as it is now, and what the bot may do there."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.studio import Studio
from moderation.policy import SFW, Policy, effective_policy
from moderation.told import Told
from storage.manner import Manner
from storage.records.policies import Held

NEEDED = {
    "view_channel": Told("View Channel"),
    "send_messages": Told("Send Messages"),
    "attach_files": Told("Attach Files"),
}
"""What the bot needs in a channel, by discord.py's name and by the name in Discord's settings."""

INVITE_PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, attach_files=True
)


def places_of(channel: object) -> tuple[int, ...]:
    """List the ids under which policies can hold in a channel, from the innermost outwards.

    They are the thread's, the channel's, the category's and the server's; nobody sets policies for a direct
    message.
    """
    guild = getattr(channel, "guild", None)
    guild_id = guild.id if guild else getattr(channel, "guild_id", None)
    if guild_id is None:
        return ()
    own = getattr(channel, "id", None)
    parent = channel.parent_id if isinstance(channel, discord.Thread) else None
    category = category_of(channel)
    return tuple(place for place in (own, parent, category, guild_id) if place is not None)


def category_of(channel: object) -> int | None:
    """Give the id of the category that a channel lies in; a thread lies where its channel does, if known.

    discord.py raises for a thread whose channel it does not know.
    """
    place = channel.parent if isinstance(channel, discord.Thread) else channel
    return getattr(place, "category_id", None)


def marked_channel(channel: object) -> int:
    """Give the id of the channel whose age restriction counts: a thread's is its parent's. 0 if none does."""
    if isinstance(channel, discord.Thread):
        return channel.parent_id
    return getattr(channel, "id", None) or 0


def age_restricted(channel: object) -> bool:
    """Say whether Discord marks a channel as age-restricted: a thread inherits, a direct message never is."""
    if isinstance(channel, discord.Thread):
        return channel.parent is not None and channel.parent.is_nsfw()
    is_nsfw = getattr(channel, "is_nsfw", None)
    return bool(is_nsfw()) if callable(is_nsfw) else False


@dataclass(frozen=True, slots=True)
class Standing:
    """The policy of a channel at this moment, and why it is that one.

    `held` is what moderators set, `age_restricted` Discord's mark. `consented` are the names that the member
    whom it is for may have drawn; the policy lets them through.
    """

    policy: Policy
    held: Held
    age_restricted: bool
    consented: tuple[str, ...] = ()
    marked_id: int = 0
    """The channel whose mark counts; 0 if none does."""

    @property
    def in_direct_messages(self) -> Policy:
        """Give the policy for what leaves the channel in a direct message, which is never age-restricted."""
        return effective_policy(False, self.held.policy).letting(self.consented)

    def when_handed(self, manner: Manner) -> Policy:
        """Give the policy for a result that is handed over in that manner."""
        return self.in_direct_messages if manner is Manner.DIRECT else self.policy

    @property
    def is_closed(self) -> bool:
        """Say whether the policy is for adults and the channel is not, or not yet again."""
        return (
            self.held.policy is not None and self.held.policy.is_for_adults and not self.policy.is_for_adults
        )


async def standing_of(studio: Studio, channel: object, member_id: int | None = None) -> Standing:
    """Find the policy that holds in a channel, for a member with their consents. Raises DatabaseAway."""
    places, marked = places_of(channel), age_restricted(channel)
    if not places:
        return Standing(SFW, Held(), marked)
    held = await studio.policies.held(places, marked_channel(channel))
    consented = () if member_id is None else await studio.consents.names(places[-1], member_id)
    policy = effective_policy(marked and not held.closed, held.policy).letting(consented)
    return Standing(policy, held, marked, consented, marked_channel(channel))


async def policy_of(studio: Studio, channel: object, member_id: int | None = None) -> Policy:
    """Give the policy that holds in a channel at this moment, in the same way. Raises DatabaseAway."""
    return (await standing_of(studio, channel, member_id)).policy


def missing_permissions(permissions: discord.Permissions, channel: object) -> list[Told]:
    """List the permissions that the bot lacks in this channel, as Discord's settings call them."""
    missing = [label for name, label in NEEDED.items() if not getattr(permissions, name)]
    if isinstance(channel, discord.Thread) and not permissions.send_messages_in_threads:
        missing.append(Told("Send Messages in Threads"))
    return missing


async def channel_now(client: discord.Client, channel_id: int) -> discord.abc.Messageable | None:
    """Give a channel as it is now; None when it is gone or closed to the bot."""
    channel = client.get_channel(channel_id)
    if channel is None:
        try:
            channel = await client.fetch_channel(channel_id)
        except (discord.NotFound, discord.Forbidden):
            return None
    return channel if isinstance(channel, discord.abc.Messageable) else None
