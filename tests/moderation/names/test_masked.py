from __future__ import annotations

import pytest

from moderation.names.masked import MaskedNames
from moderation.names.near import NearIndex

WORDS = ("marlena", "quistgaard", "taylor", "swift")
LASTS = {"marlena": {"quistgaard"}, "taylor": {"swift"}}
NAMES = MaskedNames(WORDS, ["zendaya", "rihana"], NearIndex(WORDS).near)


def found(text: str) -> list[tuple[str, str, str]]:
    return [
        (first, last, text[start:end])
        for first, last, start, end in NAMES.find(text, lambda word: LASTS.get(word, set()))
    ]


@pytest.mark.parametrize(
    "written",
    [
        "t*ylor swift",
        "t*ylor s*ift",
        "T#yl*r Swift",
        "t*ylr swift",
        "t*ylor swft",
        "ta**or_sw•ft",
        "tay**r swifft",
    ],
)
def test_letters_may_be_masked_in_either_word(written: str) -> None:
    assert found(f"a portrait of {written}, 4k") == [("taylor", "swift", written)]


@pytest.mark.parametrize(
    "text",
    [
        "taylor swift",
        "t*ylor",
        "t*ylor, swift",
        "t*ylr swft",
        "t****r swift",
        "s*ilor swift",
        "*taylor* swift birds",
        "* taylor * swift",
        "t*ylor made swift",
        "s*ift t*ylor",
        "5*4 50% #1 a*b",
    ],
)
def test_other_words_emphasis_and_what_nobody_can_read_are_not(text: str) -> None:
    assert found(text) == []


def test_many_masks_take_no_long_time() -> None:
    assert found("s*lor t*n " * 5000) == []


@pytest.mark.parametrize("written", ["zend*ya", "r*hanna", "R#hana"])
def test_a_name_of_one_word_may_be_masked(written: str) -> None:
    text = f"a {written} poster"
    assert [text[start:end] for _, start, end in NAMES.singles(text)] == [written]


@pytest.mark.parametrize("text", ["zendaya", "zen*", "s*ndaya", "*zendaya*", "z*n*a"])
def test_other_words_are_no_masked_name(text: str) -> None:
    assert list(NAMES.singles(text)) == []
