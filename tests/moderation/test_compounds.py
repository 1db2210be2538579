"""Words of both halves of the floor written together; they are put together here, of the lists."""

from __future__ import annotations

import random

import pytest

from moderation.compounds import Compounds
from moderation.judge import judge_prompt
from moderation.policy import NSFW
from moderation.reading import Reading
from moderation.wordlists import Word, words

LANGUAGES = [
    "ar",
    "bn",
    "cs",
    "de",
    "el",
    "es",
    "fa",
    "fr",
    "he",
    "hi",
    "it",
    "pl",
    "pt",
    "ru",
    "ta",
    "uk",
]


def whole(section: str, language: str) -> list[str]:
    return [
        word.term
        for word in words(section)
        if word.language == language and not (word.is_own or word.is_exact or set(" *") & set(word.term))
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_halves_are_known_in_one_word(language: str) -> None:
    chance = random.Random(language)
    one, other = (
        list(filter(lambda term: len(term) > 3, whole(each, language))) for each in ("sexual", "minors")
    )
    for _ in range(10):
        both = [chance.choice(one), chance.choice(other)]
        chance.shuffle(both)
        reasons = judge_prompt("".join(both), "", NSFW).reasons
        assert [reason.rule for reason in reasons] == ["minors"], both


def terms(compounds: Compounds, text: str) -> list[str]:
    return [match.term for match in compounds.matches(Reading(text))]


def test_nothing_may_be_left_over_but_an_ending() -> None:
    compounds = Compounds([Word("red*", "en"), Word("blue", "en")], [Word("boat", "en"), Word("mast*", "en")])
    assert terms(compounds, "redboat") == ["red*", "boat"]
    assert terms(compounds, "redishboat") == ["red*", "boat"]
    assert terms(compounds, "redhouseboat") == []
    assert terms(compounds, "redblue boatmast") == []


def test_what_means_something_else_in_the_language_of_the_other_half_is_harmless() -> None:
    number, word = [Word("sex", "en")], [Word("barnen", "sv"), Word("lasten", "da")]
    compounds = Compounds(number, word, {"sex": {"sv"}})
    assert terms(compounds, "sexbarnen") == []
    assert terms(compounds, "sexlasten") == ["sex", "lasten"]
