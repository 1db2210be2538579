"""What Discord says of a channel."""

from __future__ import annotations

from typing import Any, cast

import discord
import pytest

from bot.channels import age_restricted, missing_permissions, policy_holder, policy_of
from bot.studio import Studio
from moderation.policy import NSFW, SFW, Policy


class Channel:
    """As much of a channel as is asked for."""

    id = 7

    def __init__(self, nsfw: bool) -> None:
        self.nsfw = nsfw

    def is_nsfw(self) -> bool:
        return self.nsfw


class Thread(discord.Thread):
    """A thread in such a channel."""

    __slots__ = ()
    parent_id = 7

    def __init__(self, parent: Channel | None) -> None:
        type(self).found = parent  # type: ignore[attr-defined]

    @property
    def parent(self) -> Any:
        return type(self).found  # type: ignore[attr-defined]


class Policies:
    """What a moderator set for the channel 7."""

    async def get(self, channel_id: int) -> Policy | None:
        return NSFW if channel_id == 7 else None


STUDIO = cast(Studio, type("AStudio", (), {"policies": Policies()}))


@pytest.mark.parametrize("nsfw", [True, False])
def test_a_thread_is_as_its_parent(nsfw: bool) -> None:
    channel = Channel(nsfw)
    assert age_restricted(Thread(channel)) is age_restricted(channel) is nsfw
    assert policy_holder(Thread(channel)) == policy_holder(channel) == 7


def test_what_discord_does_not_mark_is_not_age_restricted() -> None:
    assert not age_restricted(None)
    assert not age_restricted(object())
    assert not age_restricted(Thread(None))


async def test_a_channel_is_open_only_while_discord_marks_it() -> None:
    assert await policy_of(STUDIO, Channel(nsfw=True)) == NSFW
    assert await policy_of(STUDIO, Channel(nsfw=False)) == SFW
    assert await policy_of(STUDIO, None) == SFW


def test_what_is_missing_is_called_as_in_discords_settings() -> None:
    nothing = discord.Permissions.none()
    assert missing_permissions(discord.Permissions.all(), Channel(nsfw=False)) == []
    missing = missing_permissions(nothing, Channel(nsfw=False))
    assert "Attach Files" in missing
    assert missing_permissions(nothing, Thread(None)) == [*missing, "Send Messages in Threads"]
