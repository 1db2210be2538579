"""What a member is told when something is not done."""

from __future__ import annotations

import logging
from typing import Any

import discord

log = logging.getLogger(__name__)


class Refusal(Exception):
    """Something is not done; the message is a sentence for the member's eyes only."""


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Tell the member, and nobody else, what went wrong; log what nobody foresaw."""
    if isinstance(error, Refusal):
        sentence = str(error)
    elif isinstance(error, discord.NotFound) and error.code == 10062:
        log.warning("interaction %s was gone before it was answered", interaction.id)
        return
    else:
        log.error("interaction %s failed", interaction.id, exc_info=error)
        sentence = (
            f"Something went wrong on my side, and nothing was charged. "
            f"If it happens again, tell a moderator this number: {interaction.id}."
        )
    try:
        if interaction.response.is_done():
            if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
                # The first follow-up would become the public answer that was promised.
                await interaction.delete_original_response()
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as late:
        log.warning("interaction %s could not be told: %s", interaction.id, late)
