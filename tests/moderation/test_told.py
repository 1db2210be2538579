"""Sentences that remember how they were made."""

from __future__ import annotations

import pickle

import pytest

from moderation.told import Told, ordinal, told_of
from moderation.verdict import Action, Verdict


def test_a_sentence_is_english_and_remembers_what_it_tells() -> None:
    said = Told("{count} of {of:,} {what}", count=2, of=1200, what="pictures")
    assert said == "2 of 1,200 pictures"
    assert said.template == "{count} of {of:,} {what}"
    assert said.fields == {"count": 2, "of": 1200, "what": "pictures"}
    assert said.but(count=3) == "3 of 1,200 pictures"
    assert pickle.loads(pickle.dumps(said)).fields == said.fields


@pytest.mark.parametrize(
    ("template", "count", "said"),
    [("{count:word} arms", 3, "three arms"), ("{count:word}", 11, "11"), ("{count:ordinal}", 2, "2nd")],
)
def test_numbers_are_written_as_english_does(template: str, count: int, said: str) -> None:
    assert Told(template, count=count) == said


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (21, "21st"),
        (112, "112th"),
        (23, "23rd"),
    ],
)
def test_places(place: int, said: str) -> None:
    assert ordinal(place) == said


@pytest.mark.parametrize(
    ("credits", "said"),
    [(0, "This costs 0 credits."), (1, "This costs 1 credit."), (2, "This costs 2 credits.")],
)
def test_a_number_chooses_the_words_that_go_with_it(credits: int, said: str) -> None:
    assert Told("This costs {credits} {credits:credit|credits}.", credits=credits) == said


def test_a_remembered_sentence_is_not_filled_in_again() -> None:
    said = Told.remembered("As it was.", "{x.__class__} {y:999999}", {"x": 1})
    assert said == "As it was."
    assert said.fields == {"x": 1}


def test_an_error_gives_the_sentence_that_it_was_raised_with() -> None:
    said = Told("{count} are too many.", count=5)
    assert told_of(ValueError(said)) is said
    assert told_of(ValueError(3)) == "3"
    assert told_of(ValueError()) == ""


def test_a_reason_keeps_how_its_explanation_was_made_and_travels_as_english() -> None:
    said = Told("“{matched}” reads so.", matched="naked")
    reason = Verdict.of(Action.BLOCK, "sexual", "naked", said).reasons[0]
    assert reason.explanation is said
    assert type(reason).model_validate_json(reason.model_dump_json()) == reason
