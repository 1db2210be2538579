"""What a member is told when something is not done: a sentence for each class of exception, in one place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import discord
import redis

from bot.wording import QUEUE_TROUBLES
from storage.blobs import BlobMissing, BlobStoreAway, BlobStoreFull
from storage.database import DatabaseAway, DatabaseFull
from storage.intake import IntakeError
from storage.records.jobs import NewerRecord
from storage.redis_trouble import trouble_of
from storage.sizes import TooLarge
from tasks.edit import NothingToChange
from tasks.outpaint import NothingToPaint

log = logging.getLogger(__name__)

UNKNOWN_INTERACTION, ANSWERED_ALREADY = 10062, 40060
"""Discord's codes for an interaction that waited more than three seconds, and for one that has its answer."""
_BEYOND_ANSWER = (UNKNOWN_INTERACTION, ANSWERED_ALREADY)
_LONGEST = 1800
"""Characters of a sentence; Discord takes 2000, and escaping adds some."""


class Refusal(Exception):
    """Something is not done; the message is a sentence for that member only, with its words escaped."""


class TakenAlready(Exception):
    """This interaction was delivered before, and became a job: there is nothing more to say."""


def sentence_of(error: Exception) -> str | None:
    """Give the sentence for what is known to go wrong, or None for what nobody foresaw."""
    for kind in type(error).__mro__:
        if (said := SENTENCES.get(kind)) is not None:
            return said if isinstance(said, str) else said(error)
    return None


def _own(error: Exception) -> str:
    """Say what the exception says: it was raised with a sentence, in which nothing is meant as formatting."""
    plain = discord.utils.escape_mentions(discord.utils.escape_markdown(str(error), ignore_links=False))
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def _of_the_queue(error: Exception) -> str:
    return f"{QUEUE_TROUBLES[trouble_of(error)]} Please try again soon."


SENTENCES: Mapping[type[BaseException], str | Callable[[Exception], str]] = {
    Refusal: str,
    IntakeError: _own,
    NothingToChange: _own,
    NothingToPaint: _own,
    TooLarge: _own,
    BlobMissing: "This picture is no longer kept, so nothing can be made from it.",
    BlobStoreFull: "The disk that holds my pictures is full: whoever runs me has to make room. "
    "Nothing was charged; please try again later.",
    BlobStoreAway: "I cannot keep or fetch pictures right now. Please try again later.",
    NewerRecord: _own,
    DatabaseFull: "The disk that holds the studio's records is full: whoever runs me has to make room. "
    "Nothing was charged; please try again later.",
    DatabaseAway: "The studio's records are busy. Nothing was charged; please try again.",
    redis.RedisError: _of_the_queue,
    TimeoutError: "That took too long, and nothing was charged. Please try again soon.",
}
_OF_THE_HOUSE = (BlobStoreAway, DatabaseAway, redis.RedisError, TimeoutError)
"""Errors that operators should read about, too."""


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Tell the member, and nobody else, what went wrong; log what nobody foresaw."""
    beyond_answer = isinstance(error, discord.HTTPException) and error.code in _BEYOND_ANSWER
    if beyond_answer or isinstance(error, TakenAlready):
        log.warning("interaction %s came too late, or twice: %r", interaction.id, error)
        return
    sentence = sentence_of(error)
    if sentence is None:
        log.error("interaction %s failed", interaction.id, exc_info=error)
        sentence = (
            f"Something went wrong on my side, and nothing was charged. "
            f"If it happens again, tell a moderator this number: {interaction.id}."
        )
    elif isinstance(error, _OF_THE_HOUSE):
        log.error("interaction %s was refused: %s", interaction.id, error)
    try:
        await _tell(interaction, sentence)
    except discord.HTTPException as late:
        log.warning("interaction %s could not be told: %s", interaction.id, late)


async def _tell(interaction: discord.Interaction[Any], sentence: str) -> None:
    if not interaction.response.is_done():
        await interaction.response.send_message(sentence, ephemeral=True)
        return
    if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        # The first follow-up would become the public answer that was promised.
        await interaction.delete_original_response()
    await interaction.followup.send(sentence, ephemeral=True)
