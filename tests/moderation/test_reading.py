from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.reading import Reading, compared, compared_plain, compared_words, is_words, readings
from moderation.tokens import Gap

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)
WEIGHTY_TEXT = st.text(st.sampled_from("ab1.:!+-()[]<>\\ é裸ド"), max_size=60)


@settings(deadline=None)
@given(ANY_TEXT | WEIGHTY_TEXT)
def test_words_have_single_spaces(text: str) -> None:
    for words in Reading(text).words:
        assert words == " ".join(words.split())


@settings(deadline=None)
@given(ANY_TEXT | WEIGHTY_TEXT)
def test_every_letter_has_its_place_in_the_text(text: str) -> None:
    reading = Reading(text)
    end = 0
    for place in range(len(reading.letters)):
        start, stop = reading.span(place, place + 1)
        assert start <= stop - 1 < len(text)
        assert end <= start or start == end - 1, "one character may be two letters"
        end = stop
    assert reading.letters == "".join(reading[place].merged for place in range(len(reading.letters)))


@pytest.mark.parametrize("written", ["b o a t", "b.o.a.t", "b-o-a-t", "b * o * a * t", "b_o_a_t", "b 0 a t"])
def test_spelled_words_are_joined(written: str) -> None:
    assert Reading(written).letters == "boat"


@pytest.mark.parametrize("written", ["bo(at)", "bo.at", "bo(at:1.2)", "b[oa]t", "bo_at"])
def test_words_cut_by_punctuation_are_joined(written: str) -> None:
    assert Reading(written).letters == "boat"


@pytest.mark.parametrize(
    ("written", "letters", "gaps"),
    [
        ("red boat", "redboat", [Gap.SPACE, Gap.NONE, Gap.NONE, Gap.SPACE, Gap.NONE, Gap.NONE, Gap.NONE]),
        ("b.o (at:1.2)", "boat", [Gap.SPACE, Gap.SIGN, Gap.SPACE, Gap.NONE]),
        ("bo(at:1.2)s", "boats", [Gap.SPACE, Gap.NONE, Gap.SIGN, Gap.NONE, Gap.SIGN]),
        ("bOaT", "boat", [Gap.SPACE, Gap.SEAM, Gap.NONE, Gap.SEAM]),
        ("a船だ", "a船だ", [Gap.SPACE, Gap.SEAM, Gap.SEAM]),
    ],
)
def test_what_lies_between_letters_is_known(written: str, letters: str, gaps: list[Gap]) -> None:
    reading = Reading(written)
    assert reading.letters == letters
    assert [reading.gap(place) for place in range(len(letters))] == gaps


@pytest.mark.parametrize(
    ("written", "letters"),
    [
        ("a boooat", "aboat"),
        ("b o o a t", "boat"),
        ("bob book", "bobbok"),
        ("silk", "slk"),
        ("ｶﾞﾗｽ", "ガラス"),
        ("35 b0ats of 1999", "35boatsof1999"),
        ("t!p t!p!", "tlptlp"),
        ("red BREAK boat AND sea", "redboatsea"),
        ("<lora:boat:0.8>", "boat"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_letters_are_compared_without_how_they_were_written(written: str, letters: str) -> None:
    assert Reading(written).letters == letters


def test_a_quote_is_the_members_own_text() -> None:
    (reading,) = readings("a Red (b0:1.2)A-t, at sea")
    first = reading.letters.index("boat")
    assert reading.quote(first, first + 4) == "b0:1.2)A-t"
    assert reading.gap(len(reading.letters)) is Gap.SPACE


def test_plain_words_are_compared_at_once_as_one_by_one() -> None:
    words = ["happy", "cat", "book", "will", "zz"]
    assert compared_plain(words) == compared_words(words)


@pytest.mark.parametrize("term", ["Bobby Boo", "Анна Каренина", "Ольга И", "Σωκράτης", "ガンダム", "孫悟"])
def test_a_term_is_compared_as_it_is_read(term: str) -> None:
    assert compared(term) == Reading(term).letters
    assert compared_words(term.split()) == Reading(term).word_letters


def test_nothing_but_letters_and_spaces_are_words() -> None:
    assert is_words("Анна Каренина")
    assert not is_words("jean-luc")
    assert not is_words("a b")


def test_what_is_known_of_a_token_is_known_of_it_between_any_signs() -> None:
    (plain,), (bracketed,) = (Reading(text).tokens for text in ("boat", "(boat:1.2),"))
    assert plain is bracketed
    reading = Reading("a (boat:1.2), b")
    assert reading.span(1, 5) == (3, 7)
    assert [token.written for token in Reading("(@ b").tokens] == ["(@", "b"]


def test_each_letter_has_its_place_among_those_that_stand_once() -> None:
    reading = Reading("co oper n.n.o")
    places = [reading.squeezed_place(place) for place in range(len(reading.letters))]
    assert [reading.squeezed[place] for place in places] == list(reading.letters)
    assert places == sorted(places)
