from __future__ import annotations

import pytest

from moderation.tongues import is_mostly, is_spelled_in, leans_elsewhere, leans_to, spoken_in


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("en bild av ett rött hus vid en sjö", "sv"),
        ("cime di rape fresche su un tavolo", "it"),
        ("kobieta i pies na plaży", "pl"),
        ("das Haus und der alte Baum", "de"),
    ],
)
def test_a_text_leans_to_the_language_of_its_everyday_words(text: str, language: str) -> None:
    assert leans_to(text, language)
    assert not leans_to(text, "en", rather_than=language)


def test_a_text_without_everyday_words_leans_to_none() -> None:
    assert not leans_to("naga", "pl")
    assert not leans_to("a red house by the sea with a naga", "pl")


def test_a_text_is_mostly_of_the_language_that_it_has_most_words_of() -> None:
    assert is_mostly("en bild av ett rött hus vid en sjö", "sv")
    assert not is_mostly("en bild av ett rött hus vid en sjö", "no")
    assert is_mostly("eine person", "de")
    assert not is_mostly("person", "de"), "it is English, too"
    assert not is_mostly("naga", "pl")


def test_a_word_with_letters_of_its_own_tells_languages_apart() -> None:
    assert not leans_to("piept de pui", "ro", rather_than="pt")
    assert leans_to("piept de pui, lămâie", "ro", rather_than="pt")
    assert not leans_to("lămâie", "ro"), "English writes foreign words as they come"
    assert is_spelled_in("desnudá", "es")
    assert not is_spelled_in("käännös", "hu")


def test_a_text_leans_elsewhere_where_it_has_more_words_of_another_language() -> None:
    assert leans_elsewhere("das Haus und der alte Baum", "fr")
    assert not leans_elsewhere("das Haus und der alte Baum", "de")
    assert not leans_elsewhere("the house and the old tree", "fr"), "in English any word may stand"
    assert "el" in spoken_in("δεν")
    assert not spoken_in("xyzzy")
