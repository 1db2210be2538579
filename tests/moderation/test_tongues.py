from __future__ import annotations

import pytest

from moderation.tongues import is_mostly, leans_to


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
