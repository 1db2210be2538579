"""What a member is told of each thing that goes wrong."""

from __future__ import annotations

import pytest
import redis

from bot.refusals import SENTENCES, Refusal, sentence_of
from moderation.told import Told
from storage.blobs import BlobStoreFull
from storage.database import DatabaseAway, DatabaseFull
from storage.records.jobs import NewerRecord
from tasks.embeddings import NotAName


def test_a_record_of_a_newer_bot_is_not_said_to_be_busy() -> None:
    said = sentence_of(NewerRecord("This bot is older and does not know the kind of task “train*”."))
    assert said == r"This bot is older and does not know the kind of task “train\*”."
    assert sentence_of(DatabaseAway("locked")) == SENTENCES[DatabaseAway]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (redis.ConnectionError("Connection refused."), "The queue cannot be reached right now. Please"),
        (redis.BusyLoadingError("Redis is loading the dataset"), "still reads what it keeps. Please"),
        (redis.OutOfMemoryError("OOM command not allowed"), "The queue's memory is full"),
        (redis.ResponseError("MISCONF Errors writing to the AOF file"), "cannot write to its disk"),
        (redis.ReadOnlyError("You can't write against a read only replica."), "can only be read"),
        (redis.AuthenticationError("invalid password"), "does not let me in"),
        (DatabaseFull("full"), "The disk that holds the studio's records is full"),
        (BlobStoreFull("full"), "The disk that holds my pictures is full"),
    ],
)
def test_what_stands_in_the_way_is_named(error: Exception, said: str) -> None:
    sentence = sentence_of(error)
    assert sentence is not None
    assert said in sentence
    assert "lease try again" in sentence


def test_what_nobody_foresaw_has_no_sentence() -> None:
    assert sentence_of(ZeroDivisionError("boom")) is None


def test_what_a_member_typed_turns_no_sentence_around() -> None:
    for typed in ("\u202eprob", "p\u2066rob", "\u200fprob"):
        for error in (NotAName(Told("{name} is no name.", name=typed)), Refusal(Told("No {x}.", x=typed))):
            said = sentence_of(error)
            assert said is not None
            assert "prob" in said
            assert said.isprintable()
    hebrew = "\u05e9\u05dc\u05d5\u05dd"
    assert sentence_of(NotAName(Told("{name} is no name.", name=hebrew))) == f"{hebrew} is no name."
