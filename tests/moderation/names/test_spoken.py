from __future__ import annotations

import pytest

from moderation.names.sound import consonants
from moderation.names.spoken import SpokenIndex, is_foreign, named_by

INDEX = SpokenIndex([(7, ("Marlena", "Quistgaard")), (8, ("Ed", "Vox"))])


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("портрет Марлены Квистгаард в шляпе", "Марлены Квистгаард"),
        ("マルレナ・クウィストガードの絵", "マルレナ・クウィストガード"),
        ("צילום של מרלנה קוויסטגארד", "מרלנה קוויסטגארד"),
        ("מרלנא קוויסטגארד", "מרלנא קוויסטגארד"),
    ],
)
def test_full_names_are_known_by_their_sound(text: str, quote: str) -> None:
    assert [text[start:end] for owner, start, end in INDEX.find(text) if owner == 7] == [quote]


@pytest.mark.parametrize(
    "text", ["Марлена, в Квистгаард", "мар лен", "マルレナとクウィストガード", "эд вокс", "кот на столе"]
)
def test_other_words_are_not(text: str) -> None:
    assert not list(INDEX.find(text))


def heard(first: str, last: str) -> int | None:
    return named_by(INDEX.beginning(first).get(consonants(last), ()), first, last)


def test_latin_words_must_look_alike_too() -> None:
    assert heard("marlina", "kwistgard") == 7
    assert heard("marlina", "kawistgardi") is None
    assert heard("merlin", "quest") is None


def test_what_may_follow_a_word_is_known_by_its_sound() -> None:
    assert "KFSTKRT" in INDEX.beginning("marlina")
    assert not INDEX.beginning("amrlina"), "a word begins with a vowel where that of the name does"
    assert not INDEX.beginning("table")


def test_foreign_is_what_is_not_latin() -> None:
    assert is_foreign("кот")
    assert not is_foreign("été 4k — ©")
