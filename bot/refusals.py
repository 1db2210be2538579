"""What a member is told when something is not done: a sentence for each class of exception, in one place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import discord
import redis
from discord import ui

from bot.language import ENGLISH, Language, private
from bot.wording import QUEUE_TROUBLES
from moderation.gallery import NotLearned
from moderation.pinned_onnx import DetectorError
from moderation.prompt_form import undirected
from moderation.told import Told, told_of
from storage.blobs import BlobMissing, BlobStoreAway, BlobStoreFull
from storage.bundle import BundleError
from storage.database import DatabaseAway, DatabaseFull
from storage.intake import IntakeError
from storage.records.jobs import NewerRecord
from storage.records.ledger import TooMuchGranted
from storage.records.word_names import NameTaken
from storage.redis_trouble import trouble_of
from storage.sizes import TooLarge
from tasks.blend import NothingToBlend
from tasks.edit import NothingToChange
from tasks.embeddings import NotAName
from tasks.notebook import NotebookError
from tasks.outpaint import NothingToPaint
from tasks.permutations import TooManyPrompts
from tasks.shorten import NothingToShorten
from tasks.size import NoSuchSize
from tasks.train import NothingToLearn

log = logging.getLogger(__name__)

UNKNOWN_INTERACTION, ANSWERED_ALREADY = 10062, 40060
"""Discord's codes for an interaction that waited more than three seconds, and for one that has its answer."""
_BEYOND_ANSWER = (UNKNOWN_INTERACTION, ANSWERED_ALREADY)
_LONGEST = 1800
"""Characters of a sentence; Discord takes 2000, and escaping adds some."""


class Refusal(Exception):
    """Something is not done; the message is a sentence for that member only, with its words escaped.

    `view` has what the member can do about it.
    """

    def __init__(self, said: Told, view: ui.View | None = None) -> None:
        super().__init__(said)
        self.said, self.view = said, view


class PromptRefused(Exception):
    """A prompt is not drawn; the messages say why, quoting the member's words as they are.

    `view` has what the member can do about it.
    """

    def __init__(self, *explanations: str, view: ui.View | None = None) -> None:
        super().__init__(*explanations)
        self.view = view


class NotAgreed(Exception):
    """A member was told a price and did not go ahead: there is nothing more to say."""


class TakenAlready(Exception):
    """This interaction was delivered before, and became a job: there is nothing more to say."""


def sentence_of(error: Exception, language: Language = ENGLISH) -> str | None:
    """Give the sentence for what is known to go wrong, or None for what nobody foresaw."""
    for kind in type(error).__mro__:
        if (said := SENTENCES.get(kind)) is not None:
            # It may quote what a member typed.
            return undirected(language.of(said) if isinstance(said, str) else said(error, language))
    return None


def _formatted(error: Exception, language: Language) -> str:
    """Say what the exception says: it was raised with a sentence that is formatted for a message."""
    return language.of(told_of(error))


def _own(error: Exception, language: Language) -> str:
    """Say what the exception says: it was raised with a sentence, in which nothing is meant as formatting."""
    return _plain(language.of(told_of(error)))


def _each(error: Exception, language: Language) -> str:
    """Say all that the exception says, in the same way."""
    return _plain(" ".join(dict.fromkeys(map(language.of, error.args))))


def _plain(said: str) -> str:
    plain = discord.utils.escape_mentions(discord.utils.escape_markdown(said, ignore_links=False))
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def _of_the_queue(error: Exception, language: Language) -> str:
    return language.say("{why} Please try again soon.", why=QUEUE_TROUBLES[trouble_of(error)])


SENTENCES: Mapping[type[BaseException], Told | Callable[[Exception, Language], str]] = {
    Refusal: _formatted,
    PromptRefused: _each,
    BundleError: _own,
    IntakeError: _own,
    NameTaken: _own,
    NotAName: _own,
    NotebookError: _own,
    NotLearned: _own,
    NothingToBlend: _own,
    NothingToChange: _own,
    NothingToLearn: _own,
    NothingToPaint: _own,
    NothingToShorten: _own,
    NoSuchSize: _own,
    TooManyPrompts: _own,
    TooLarge: _own,
    TooMuchGranted: _own,
    BlobMissing: Told("This picture is no longer kept, so nothing can be made from it."),
    BlobStoreFull: Told(
        "The disk that holds my pictures is full: whoever runs me has to make room. "
        "Nothing was charged; please try again later."
    ),
    BlobStoreAway: Told("I cannot keep or fetch pictures right now. Please try again later."),
    NewerRecord: _own,
    DatabaseFull: Told(
        "The disk that holds the studio's records is full: whoever runs me has to make room. "
        "Nothing was charged; please try again later."
    ),
    DatabaseAway: Told("The studio's records are busy. Nothing was charged; please try again."),
    DetectorError: Told(
        "Something that I judge with is missing or was altered, so nothing is made and nothing is shown. The "
        "people who run me find out what with `darkroom doctor`."
    ),
    redis.RedisError: _of_the_queue,
    TimeoutError: Told("That took too long, and nothing was charged. Please try again soon."),
}
_OF_THE_HOUSE = (BlobStoreAway, DatabaseAway, DetectorError, redis.RedisError, TimeoutError)
"""Errors that operators should read about, too."""


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Tell the member, and nobody else, what went wrong; log what nobody foresaw."""
    beyond_answer = isinstance(error, discord.HTTPException) and error.code in _BEYOND_ANSWER
    if isinstance(error, NotAgreed):
        return
    if beyond_answer or isinstance(error, TakenAlready):
        log.warning("interaction %s came too late, or twice: %r", interaction.id, error)
        return
    sentence = sentence_of(error, private(interaction))
    if sentence is None:
        log.error("interaction %s failed", interaction.id, exc_info=error)
        sentence = private(interaction).say(
            "Something went wrong on my side, and nothing was charged. "
            "If it happens again, tell a moderator this number: {number}.",
            number=interaction.id,
        )
    elif isinstance(error, _OF_THE_HOUSE):
        log.error("interaction %s was refused: %s", interaction.id, error)
    try:
        await tell(interaction, sentence, getattr(error, "view", None))
    except discord.HTTPException as late:
        log.warning("interaction %s could not be told: %s", interaction.id, late)


async def tell(interaction: discord.Interaction[Any], sentence: str, view: ui.View | None = None) -> None:
    """Tell the member, and nobody else, whatever was promised to everybody."""
    under: Any = discord.utils.MISSING if view is None else view
    if not interaction.response.is_done():
        await interaction.response.send_message(sentence, ephemeral=True, view=under)
        return
    if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        # The first follow-up would become the public answer that was promised.
        await interaction.delete_original_response()
    await interaction.followup.send(sentence, ephemeral=True, view=under)
