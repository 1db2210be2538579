from __future__ import annotations

import pytest

from moderation.beginnings import Beginnings
from moderation.reading import Reading
from moderation.tokens import Token


def found(text: str, *, once: bool = False) -> list[tuple[int, str]]:
    """Look for a few terms that begin and end with words, or go on over several."""
    terms = {each: each for each in ("boat", "boathouse", "bo", "coper", "海船")}
    beginnings = Beginnings(terms, _begins, _stands, once=once)
    return sorted((place, term) for place, _, term in beginnings.find(Reading(text)))


def _begins(token: Token, place: int) -> bool:
    return bool(token.gaps[place])


def _stands(token: Token, start: int, end: int, term: str) -> bool:
    return bool(token.gaps[start]) and (end == len(token.merged) or bool(token.gaps[end]))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a boat", [(1, "boat")]),
        ("(boat:1.2), boat", [(0, "boat"), (4, "boat")]),
        ("boats", []),
        ("a boat house", [(1, "boat"), (1, "boathouse")]),
        ("bo at", [(0, "bo"), (0, "boat")]),
        ("bo, bo", [(0, "bo"), (2, "bo")]),
        ("大海船", [(1, "海船")]),
        ("", []),
    ],
)
def test_terms_are_found_by_the_tokens_that_they_begin_in(text: str, terms: list[tuple[int, str]]) -> None:
    assert found(text) == terms


def test_repeated_letters_may_count_once_whatever_lies_between_them() -> None:
    assert found("a co oper") == []
    assert found("a co oper", once=True) == [(1, "coper")]


def test_a_long_term_is_read_on_to_its_end() -> None:
    long = "abcdefghjklmnopqrstuvwxyz"
    beginnings = Beginnings({long: 1}, _begins, lambda *_: True)
    assert beginnings.find(Reading(" ".join([long[:3], long[3:20], long[20:]]))) == [(0, 25, 1)]
    assert beginnings.find(Reading(long[:24])) == []
