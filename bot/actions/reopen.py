"""Open again: a moderator's word that a channel, age-restricted again, shall be for adults again."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from bot.channels import age_restricted, standing_of
from bot.language import Language, public
from bot.refusals import Refusal, answer_error
from moderation.told import Told


class ReopenButton(ui.DynamicItem[ui.Button[Any]], template=r"^drp:reopen:(?P<channel>[0-9]+)$"):
    """The button under the question whether a channel opens again; it survives restarts."""

    def __init__(self, channel_id: int, label: str | None = None) -> None:
        super().__init__(
            ui.Button(label=label, style=discord.ButtonStyle.danger, custom_id=f"drp:reopen:{channel_id}")
        )
        self.channel_id = channel_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read the button back from a press."""
        return cls(int(match["channel"]), getattr(item, "label", None))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open the channel; whoever pressed is told what goes wrong."""
        try:
            await _reopen(interaction, self.channel_id)
        except Exception as error:
            await answer_error(interaction, error)


def reopen_view(language: Language, channel_id: int) -> ui.View:
    """Put the button under a message."""
    view = ui.View(timeout=None)
    view.add_item(ReopenButton(channel_id, language.say("Open again")))
    return view


async def _reopen(press: discord.Interaction[Any], channel_id: int) -> None:
    studio, channel = press.client.studio, press.guild.get_channel(channel_id) if press.guild else None
    if channel is None or not isinstance(press.user, discord.Member):
        raise Refusal(Told("This button belongs to another channel. Please use `/policy set` here."))
    if not channel.permissions_for(press.user).manage_channels:
        raise Refusal(Told("Only moderators who may manage this channel can open it."))
    if not age_restricted(channel):
        raise Refusal(
            Told("Discord does not mark this channel as age-restricted any more, so it stays closed.")
        )
    await studio.policies.reopen(channel.guild.id, channel_id, press.user.id)
    policy = (await standing_of(studio, channel)).policy
    said = public(press).say(
        "{member} opened {channel} again: its policy is **{preset}**.",
        member=press.user.mention,
        channel=channel.mention,
        preset=str(policy.preset),
    )
    await press.response.edit_message(content=said, view=None)
