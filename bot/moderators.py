"""Who moderates, and where moderators are told."""

from __future__ import annotations

from typing import Any

import discord

from bot.refusals import Refusal
from moderation.told import Told
from storage.records.reviews import Review


def is_moderator(permissions: discord.Permissions) -> bool:
    """Say whether these permissions make somebody a moderator here."""
    return permissions.manage_messages or permissions.moderate_members


def refuse_outside_servers(press: discord.Interaction[Any]) -> int:
    """Give the id of the server in which somebody pressed. Raises Refusal in direct messages."""
    if press.guild_id is None:
        raise Refusal(Told("There are no moderators in direct messages."))
    return press.guild_id


def refuse_all_but_moderators(press: discord.Interaction[Any]) -> int:
    """Give the server's id, if a moderator of it pressed. Raises Refusal.

    Discord hides commands from others only as the server's settings say, and buttons from nobody.
    """
    server_id = refuse_outside_servers(press)
    if not is_moderator(press.permissions):
        raise Refusal(
            Told("Only moderators can do this: members with Manage Messages or Timeout Members here.")
        )
    return server_id


async def review_before(press: discord.Interaction[Any], number: int) -> Review:
    """Give a review of this server that a moderator, whom it is not about, may decide. Raises Refusal."""
    server_id = refuse_all_but_moderators(press)
    review: Review | None = await press.client.studio.reviews.get(number)
    if review is None or review.case.server_id != server_id:
        raise Refusal(Told("I have no records of this, so there is nothing to decide."))
    if review.case.member_id == press.user.id and not press.permissions.administrator:
        raise Refusal(Told("This is about yourself, so another moderator has to decide it."))
    return review


async def refuse_protected(press: discord.Interaction[Any], member_id: int) -> None:
    """Raise Refusal for a member who cannot be suspended: oneself, bots and other moderators."""
    guild = press.guild
    try:
        member = await guild.fetch_member(member_id) if guild else None
    except discord.NotFound:
        member = None  # who left may come back
    is_protected = member is not None and (member.bot or is_moderator(member.guild_permissions))
    if member_id == press.user.id or is_protected:
        raise Refusal(Told("Moderators and bots cannot be suspended."))
