"""Who moderates, and where moderators are told."""

from __future__ import annotations

from typing import Any

import discord

from bot.refusals import Refusal
from moderation.told import Told
from storage.records.reviews import HELD_KINDS, Case, Kind, Review

_OF_A_CHANNEL = (Kind.REPORT, *HELD_KINDS)
"""The kinds whose decision touches pictures alone; that of any other touches the whole server."""
_ONLY_MODERATORS = Told(
    "Only moderators can do this: members whose roles give them Manage Messages or Timeout Members in this "
    "server. Who has Manage Messages in a channel alone decides about pictures that stand only there."
)


def is_moderator(permissions: discord.Permissions) -> bool:
    """Say whether these permissions make somebody a moderator where they hold."""
    return permissions.manage_messages or permissions.moderate_members


def in_server(press: discord.Interaction[Any]) -> discord.Permissions:
    """Give what somebody may do in the whole server, by their roles; nothing in direct messages.

    `press.permissions` are those of one channel, where Discord lets anybody be given more.
    """
    user = press.user
    return user.guild_permissions if isinstance(user, discord.Member) else discord.Permissions.none()


def in_channel(press: discord.Interaction[Any], channel_id: int) -> discord.Permissions:
    """Give what somebody may do in a channel of their server; nothing in one that is gone or not known."""
    if channel_id == press.channel_id:
        return press.permissions
    channel = press.guild.get_channel_or_thread(channel_id) if press.guild else None
    if channel is None or not isinstance(press.user, discord.Member):
        return discord.Permissions.none()
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return discord.Permissions.none()
    return channel.permissions_for(press.user)


def manages_category(press: discord.Interaction[Any], category_id: int) -> bool:
    """Say whether somebody may manage a category and each channel in it: its policy holds in all of them."""
    category = press.guild.get_channel(category_id) if press.guild else None
    if not isinstance(category, discord.CategoryChannel):
        return False
    places = (category, *category.channels)
    return all(in_channel(press, each.id).manage_channels for each in places)


def refuse_outside_servers(press: discord.Interaction[Any]) -> int:
    """Give the id of the server in which somebody pressed. Raises Refusal in direct messages."""
    if press.guild_id is None:
        raise Refusal(Told("There are no moderators in direct messages."))
    return press.guild_id


def refuse_all_but_moderators(press: discord.Interaction[Any]) -> int:
    """Give the server's id, if a moderator of all of it pressed. Raises Refusal.

    Discord hides commands from others only as the server's settings say, and buttons from nobody.
    """
    server_id = refuse_outside_servers(press)
    if not is_moderator(in_server(press)):
        raise Refusal(_ONLY_MODERATORS)
    return server_id


def refuse_without_cases(press: discord.Interaction[Any]) -> int:
    """Give the server's id, if a moderator of it or of this channel pressed. Raises Refusal."""
    server_id = refuse_outside_servers(press)
    if not (is_moderator(in_server(press)) or is_moderator(press.permissions)):
        raise Refusal(_ONLY_MODERATORS)
    return server_id


async def may_decide(press: discord.Interaction[Any], case: Case) -> bool:
    """Say whether whoever pressed moderates all that a decision about a case touches.

    Moderators of the server decide everything; those of a channel, about pictures that stand nowhere else.
    """
    if is_moderator(in_server(press)):
        return True
    if case.kind not in _OF_A_CHANNEL:
        return False
    touched = {case.channel_id}
    if case.kind is Kind.REPORT and case.job_id is not None:
        touched |= {each.channel_id for each in await press.client.studio.showings.of(case.job_id)}
    return all(is_moderator(in_channel(press, each)) for each in touched)


async def review_before(press: discord.Interaction[Any], number: int) -> Review:
    """Give a review of this server that a moderator, whom it is not about, may decide. Raises Refusal."""
    server_id = refuse_outside_servers(press)
    review: Review | None = await press.client.studio.reviews.get(number)
    if review is None or review.case.server_id != server_id:
        raise Refusal(Told("I have no records of this, so there is nothing to decide."))
    if not await may_decide(press, review.case):
        raise Refusal(_ONLY_MODERATORS)
    if review.case.member_id == press.user.id and not in_server(press).administrator:
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
