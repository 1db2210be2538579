"""Answers that are promised ("is thinking"), and those that a bot which died still owes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

import aiohttp
import discord

from bot.checkpoints import says_kept
from bot.language import language_called, private, public
from bot.studio import ORIGINAL, StudioClient
from moderation.told import Told
from storage.database import DatabaseAway
from storage.records.promises import Promise

log = logging.getLogger(__name__)

_PATIENCE = 0.5
"""Seconds that a promise waits for the records: Discord gives up after three."""
_SOON = 1.0
"""Seconds that a first answer may take before it is promised."""
_BEGUN = "begun"
_BROKEN = Told("I was restarted while I was at this, and nothing came of it. Please ask again.")


def begin(interaction: discord.Interaction[Any]) -> None:
    """Start the clock of an interaction's first answer."""
    interaction.extras[_BEGUN] = time.monotonic()


def time_left(interaction: discord.Interaction[Any]) -> float:
    """Give the seconds before the first answer is to be promised, 0 or more."""
    begun: float = interaction.extras.setdefault(_BEGUN, time.monotonic())
    return max(0.0, begun + _SOON - time.monotonic())


async def promise(interaction: discord.Interaction[Any], *, ephemeral: bool = False) -> None:
    """Show that an answer is on its way, and remember that it was promised, for the case that this bot dies.

    While the records are away, it is promised all the same. What was promised or answered before stays so.
    """
    if interaction.response.is_done():
        return
    language = (private if ephemeral else public)(interaction)
    try:
        async with asyncio.timeout(_PATIENCE):
            await interaction.client.studio.promises.add(
                Promise(interaction.token, language.code, interaction.guild_id)
            )
    except (DatabaseAway, TimeoutError) as error:
        log.warning("that an answer was promised is not noted: %s", error)
    await interaction.response.defer(ephemeral=ephemeral, thinking=True)


async def owed(client: StudioClient) -> list[Promise]:
    """Give what the bot before this one promised; ask before members can reach this one."""
    try:
        return await client.studio.promises.without_job(client.studio.settings.shards)
    except DatabaseAway as error:
        log.error("what was promised before the start is not known: %s", error)
        return []


async def settle(client: StudioClient, promises: Sequence[Promise]) -> None:
    """Tell those who still read that the bot is thinking, or keeps their wish, that it does not any more."""
    kept = says_kept(client.studio.settings.default_checkpoint)
    for each in promises:
        answer = discord.Webhook.partial(client.application_id or 0, each.token, client=client)
        try:
            message = await answer.fetch_message(ORIGINAL)
            language = language_called(each.language)
            if message.flags.loading or message.content == language.of(kept):
                await answer.edit_message(ORIGINAL, content=language.of(_BROKEN))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("somebody is not told that the bot was restarted: %s", error)
