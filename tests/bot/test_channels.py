"""What Discord says of a channel."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.channels import (
    age_restricted,
    marked_channel,
    missing_permissions,
    places_of,
    policy_of,
    standing_of,
)
from bot.studio import Studio
from moderation.policy import FAMILY, NSFW, SFW
from storage.records.policies import Held

CHANNEL, CATEGORY, SERVER, THREAD = 7, 70, 700, 71


class Channel:
    """As much of a channel as is asked for."""

    id = CHANNEL
    category_id = CATEGORY
    guild = SimpleNamespace(id=SERVER)

    def __init__(self, nsfw: bool) -> None:
        self.nsfw = nsfw

    def is_nsfw(self) -> bool:
        return self.nsfw


class Thread(discord.Thread):
    """A thread in such a channel."""

    __slots__ = ()
    id = THREAD
    parent_id = CHANNEL
    guild = SimpleNamespace(id=SERVER)  # type: ignore[assignment]

    def __init__(self, parent: Channel | None) -> None:
        type(self).found = parent  # type: ignore[attr-defined]

    @property
    def parent(self) -> Any:
        return type(self).found  # type: ignore[attr-defined]

    @property
    def category_id(self) -> int | None:
        raise discord.ClientException("Parent channel not found")


class Policies:
    """What moderators set."""

    def __init__(self, held: Held) -> None:
        self.answer = held
        self.asked: list[tuple[tuple[int, ...], int]] = []

    async def held(self, places: Sequence[int], channel_id: int) -> Held:
        self.asked.append((tuple(places), channel_id))
        return self.answer


def a_studio(held: Held) -> Studio:
    return cast(Studio, SimpleNamespace(policies=Policies(held)))


@pytest.mark.parametrize("nsfw", [True, False])
def test_a_thread_is_marked_as_its_parent(nsfw: bool) -> None:
    channel = Channel(nsfw)
    assert age_restricted(Thread(channel)) is age_restricted(channel) is nsfw
    assert marked_channel(Thread(channel)) == marked_channel(channel) == CHANNEL


def test_what_discord_does_not_mark_is_not_age_restricted() -> None:
    assert not age_restricted(None)
    assert not age_restricted(object())
    assert not age_restricted(Thread(None))


def test_policies_are_inherited_from_the_inside_out() -> None:
    assert places_of(Thread(Channel(False))) == (THREAD, CHANNEL, CATEGORY, SERVER)
    assert places_of(Channel(False)) == (CHANNEL, CATEGORY, SERVER)
    assert places_of(Thread(None)) == (THREAD, CHANNEL, SERVER), "its channel is not known"
    partial = SimpleNamespace(id=CHANNEL, guild=None, guild_id=SERVER)
    assert places_of(partial) == (CHANNEL, SERVER), "a channel that Discord has told little about"
    assert places_of(SimpleNamespace(id=CHANNEL, guild=None)) == (), "a direct message"
    assert places_of(None) == ()


async def test_a_channel_is_open_only_while_discord_marks_it() -> None:
    studio = a_studio(Held(NSFW, SERVER, 3))
    assert await policy_of(studio, Channel(nsfw=True)) == NSFW
    assert await policy_of(studio, Channel(nsfw=False)) == SFW
    assert await policy_of(studio, None) == SFW
    assert (await standing_of(studio, Channel(nsfw=False))).is_closed
    assert not (await standing_of(studio, Channel(nsfw=True))).is_closed


async def test_a_mark_that_came_back_opens_nothing_by_itself() -> None:
    standing = await standing_of(a_studio(Held(NSFW, SERVER, 3, closed=True)), Channel(nsfw=True))
    assert (standing.policy, standing.is_closed) == (SFW, True)


async def test_what_is_for_everybody_needs_no_mark() -> None:
    studio = a_studio(Held(FAMILY, SERVER, 3, closed=True))
    standing = await standing_of(studio, Thread(Channel(nsfw=False)))
    assert (standing.policy, standing.is_closed) == (FAMILY, False)
    assert cast(Policies, studio.policies).asked == [((THREAD, CHANNEL, CATEGORY, SERVER), CHANNEL)]


def test_what_is_missing_is_called_as_in_discords_settings() -> None:
    nothing = discord.Permissions.none()
    assert missing_permissions(discord.Permissions.all(), Channel(nsfw=False)) == []
    missing = missing_permissions(nothing, Channel(nsfw=False))
    assert "Attach Files" in missing
    assert missing_permissions(nothing, Thread(None)) == [*missing, "Send Messages in Threads"]
