"""Wishes that come before the farm's first worker: kept until it says how the default checkpoint is used.

What ships is known beforehand, and its jobs go into the queue at once. Of an operator's own checkpoint only
its worker can tell which sizes and steps suit it, so no job can be made before, nor its price be known. A
farm forgets no checkpoint, so this is for the first minutes of a new one.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import aiohttp
import discord

from bot.checkpoints import says_kept
from bot.language import private, public
from bot.promises import promise
from bot.refusals import Refusal
from bot.studio import Studio
from moderation.told import Told
from storage.records.promises import TOKEN_LIFE
from storage.served import ServedCheckpoint

log = logging.getLogger(__name__)

_LONGEST = (TOKEN_LIFE - timedelta(minutes=1)).total_seconds()
"""Seconds. Until then the answer can still be changed."""
_NOBODY_CAME = Told(
    "No worker of this farm has started in the meantime, so nothing came of your wish, and nothing was "
    "charged. Please ask again later."
)


async def served_soon(
    interaction: discord.Interaction[Any], name: str, *, secretly: bool = False
) -> ServedCheckpoint:
    """Give the checkpoint of that name; for the operator's default one, wait for the first worker.

    Whoever waits is told so in an answer that is promised, to them alone if `secretly`. Raises Refusal.
    """
    studio: Studio = interaction.client.studio
    if name == studio.settings.default_checkpoint and studio.checkpoints.awaits(name):
        await promise(interaction, ephemeral=secretly)
        said = (private if secretly else public)(interaction).of(says_kept(name))
        try:
            await interaction.edit_original_response(content=said)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("somebody is not told that no worker is running: %s", error)
        try:
            await asyncio.wait_for(studio.checkpoints.heard.wait(), _LONGEST)
        except TimeoutError:
            raise Refusal(_NOBODY_CAME) from None
    return studio.checkpoints.served(name)
