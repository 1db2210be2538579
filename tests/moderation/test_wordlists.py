from __future__ import annotations

import pytest

from moderation.reading import Reading, compared
from moderation.wordlists import Word, contexts, languages, languages_by, terms_of, words

SECTIONS = ("sexual", "suggestive", "garments", "minors", "grown", "adults", "innocent")


def test_the_languages_of_a_term_are_told_by_how_it_is_written() -> None:
    told = languages_by(str.upper, [Word("sex", "sv"), Word("Sex", "en"), Word("six", "en")])
    assert told == {"SEX": {"sv", "en"}, "SIX": {"en"}}


@pytest.mark.parametrize("section", SECTIONS)
def test_terms_are_clean_and_known_in_many_languages(section: str) -> None:
    listed = words(section)
    assert all(term == term.strip() and not set(term) & set("()|=?[]:") for term, *_ in listed)
    assert all("*" not in term[:-1] for term, *_ in listed)
    assert len({word.language for word in listed}) >= 30


def test_both_halves_of_the_floor_are_there_in_every_language() -> None:
    for language, sections in languages().items():
        assert language == "signs" or {"sexual", "minors", "grown", "years", "numbers"} <= sections.keys()


def test_marks_and_choices_are_read() -> None:
    by_term = {(word.term, word.language): word for word in words("sexual")}
    assert by_term["coño", "es"].is_exact
    assert by_term["naga", "pl"].is_own
    assert ("donna nuda", "it") in by_term
    assert ("uomo nudo", "it") in by_term
    assert "bottle*" in contexts()["nipple*"]


@pytest.mark.parametrize("section", SECTIONS)
def test_terms_are_compared_as_texts_are(section: str) -> None:
    for term in terms_of(section)[::7]:
        assert compared(term.removesuffix("*")) == Reading(term.removesuffix("*")).letters
