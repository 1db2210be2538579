"""What a member is told of each thing that goes wrong."""

from __future__ import annotations

from bot.refusals import SENTENCES, sentence_of
from storage.database import DatabaseAway
from storage.records.jobs import NewerRecord


def test_a_record_of_a_newer_bot_is_not_said_to_be_busy() -> None:
    said = sentence_of(NewerRecord("This bot is older and does not know the kind of task “train*”."))
    assert said == r"This bot is older and does not know the kind of task “train\*”."
    assert sentence_of(DatabaseAway("locked")) == SENTENCES[DatabaseAway]


def test_what_nobody_foresaw_has_no_sentence() -> None:
    assert sentence_of(ZeroDivisionError("boom")) is None
