from __future__ import annotations

import pytest

from moderation.names.facts import Full
from moderation.names.glued import glued_names, may_be_put_around
from moderation.names.near import NearIndex
from moderation.names.pairs import Pairs
from moderation.reading import Reading


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("x", "x"),
        ("xx", "xx"),
        ("the", ""),
        ("", "fan99"),
        ("real", "2024"),
        ("j", ""),
        ("mr_", ""),
    ],
)
def test_what_handles_have_leaves_a_name_what_it_is(before: str, after: str) -> None:
    assert may_be_put_around(before, after)


@pytest.mark.parametrize(
    ("before", "after"), [("in", ""), ("", "nutrient"), ("the", "nutrient"), ("trans", "")]
)
def test_other_letters_make_another_word_of_it(before: str, after: str) -> None:
    assert not may_be_put_around(before, after)


@pytest.mark.parametrize(
    "written", ["marlenaquistgaard", "xxmarlenaxxquistgaardxx", "mymarlenathequistgaard", "quistgaardmarlena"]
)
def test_both_words_of_a_name_are_found_in_a_longer_one(written: str) -> None:
    pairs = Pairs({})
    pairs.add(("marlena", "quistgard"), Full(7, (), 17, False))
    word = Reading(written).word_letters[0]
    assert 7 in glued_names(word, pairs, NearIndex(pairs.words))


@pytest.mark.parametrize(
    "written", ["marlenaandsomeonequistgaard", "intermarlenaquistgaard", "marlena", "quist"]
)
def test_words_with_more_around_them_are_none(written: str) -> None:
    pairs = Pairs({})
    pairs.add(("marlena", "quistgard"), Full(7, (), 17, False))
    assert list(glued_names(Reading(written).word_letters[0], pairs, NearIndex(pairs.words))) == []
