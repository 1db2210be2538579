"""A token's letters are what is compared, however they were written; what was written stands beside them."""

from __future__ import annotations

import pytest

from moderation.tokens import Gap, Token


@pytest.mark.parametrize(
    "written",
    ["bоаt", "ВОАТ", "ｂｏａｔ", "𝓫𝓸𝓪𝓽", "ⓑⓞⓐⓣ", "🅑🅞🅐🅣", "🇧🇴🇦🇹", "ʙᴏᴀᴛ", "ɓøąț", "b0at", "b04t", "bo@t"],
)
def test_look_alikes_are_read_as_latin_letters(written: str) -> None:
    assert Token(written).merged == "boat"


def test_repeated_letters_are_one_that_knows_how_often_it_was_written() -> None:
    token = Token("b00oat")
    assert [letter.typed for letter in token.letters] == ["b", "00o", "a", "t"]
    assert [(letter.start, letter.end) for letter in token.letters] == [(0, 1), (1, 4), (4, 5), (5, 6)]


@pytest.mark.parametrize(
    ("written", "words", "letters"),
    [
        ("boats", ((0, 5),), ("boats",)),
        ("Red,boat", ((0, 3), (3, 7)), ("red", "boat")),
        ("b0at!", ((0, 4),), ("boat",)),
        ("bOaT", ((0, 4),), ("boat",)),
    ],
)
def test_words_end_at_signs(
    written: str, words: tuple[tuple[int, int], ...], letters: tuple[str, ...]
) -> None:
    token = Token(written)
    assert token.words == words
    assert token.word_letters == letters


def test_what_is_before_each_letter_is_known() -> None:
    assert list(Token("b.oA").gaps) == [Gap.SPACE, Gap.SIGN, Gap.SEAM]
