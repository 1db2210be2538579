"""What Discord says of a channel: its policy as it is now, and what the bot may do there."""

from __future__ import annotations

import discord

from bot.studio import Studio
from moderation.policy import SFW, Policy, effective_policy

NEEDED = {"view_channel": "View Channel", "send_messages": "Send Messages", "attach_files": "Attach Files"}
"""What the bot needs in a channel, by discord.py's name and by the name in Discord's settings."""

INVITE_PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, attach_files=True
)


def policy_holder(channel: object) -> int | None:
    """Give the id under which a channel's policy is stored: a thread has its parent's."""
    if isinstance(channel, discord.Thread):
        return channel.parent_id
    return getattr(channel, "id", None)


def age_restricted(channel: object) -> bool:
    """Say whether Discord marks a channel as age-restricted: a thread inherits, a direct message never is."""
    if isinstance(channel, discord.Thread):
        return channel.parent is not None and channel.parent.is_nsfw()
    is_nsfw = getattr(channel, "is_nsfw", None)
    return bool(is_nsfw()) if callable(is_nsfw) else False


async def policy_of(studio: Studio, channel: object) -> Policy:
    """Give the policy that holds in a channel at this moment."""
    holder = policy_holder(channel)
    if holder is None or not age_restricted(channel):
        return SFW
    return effective_policy(age_restricted=True, opened=await studio.policies.get(holder))


def missing_permissions(permissions: discord.Permissions, channel: object) -> list[str]:
    """List the permissions that the bot lacks in this channel, as Discord's settings call them."""
    missing = [label for name, label in NEEDED.items() if not getattr(permissions, name)]
    if isinstance(channel, discord.Thread) and not permissions.send_messages_in_threads:
        missing.append("Send Messages in Threads")
    return missing
