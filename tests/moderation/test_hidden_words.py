from __future__ import annotations

import pytest

from moderation.hidden_words import HiddenWords
from moderation.reading import Reading
from moderation.wordlists import words

SEXUAL = HiddenWords(words("sexual"))


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("a nudewoman", "nude"),
        ("nakedgirls", "naked"),
        ("<lora:nudev2:1>", "nude"),
        ("<betternude>", "nude"),
        ("<lora:nudeqxj:1>", "nude"),
        ("thresoome", "threesome"),
        ("intercuorse", "intercourse"),
        ("edun", "nude"),
        ("nudeish", "nude"),
        ("n*de", "nude"),
        ("nu*e", "nude"),
        ("na*ed", "naked"),
        ("p#rn", "porn"),
        ("s*x", "sex"),
        ("a na ked man", "naked"),
        ("a (na ked:1.2), man", "naked"),
        ("sex13yo", "sex"),
        ("cum12yo", "cum"),
        ("иude", "nude"),
        ("νude", "nude"),
    ],
)
def test_hidden_words_are_found_and_quoted_with_what_hides_them(written: str, term: str) -> None:
    found = list(SEXUAL.matches(Reading(written)))
    assert [match.term.startswith(term[:4]) for match in found] == [True]
    assert found[0].quote in written
    assert len(found[0].quote) >= 3


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("S3xKids", {"sex", "kids"}),
        ("kid4cum", {"kid", "cum"}),
        ("pornokid", {"porno", "kid"}),
        ("teenXsex", {"teen", "sex"}),
        ("Sexkind", {"sex", "kind"}),
    ],
)
def test_short_words_are_found_where_nothing_but_words_of_the_lists_is_joined(
    written: str, terms: set[str]
) -> None:
    both = HiddenWords((*words("sexual"), *words("minors")))
    assert {match.term for match in both.matches(Reading(written))} == terms


@pytest.mark.parametrize(
    "written",
    [
        "therapist",
        "na, ked",
        "Essex",
        "elections",
        "vibrato",
        "Lana",
        "<lora:snakedetail:1>",
        "canal",
        "hamster",
        "top less",
        "5*3",
        "d*n't",
        "co*l",
        "pleine",
        "starkes",
        "hardin",
        "kidney",
        "sextet",
        "sexto",
        "Brigadoon",
        "kidXplore",
        "brand12yo",
    ],
)
def test_words_that_only_look_alike_are_not(written: str) -> None:
    assert list(SEXUAL.matches(Reading(written))) == []
