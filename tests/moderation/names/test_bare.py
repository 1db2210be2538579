from __future__ import annotations

import pytest

from moderation.names.bare import BareIndex

INDEX = BareIndex([(7, ("marlena", "quistgaard")), (8, ("ed", "vox")), (9, ("elmo", "kand"))])


def test_two_words_without_vowels_are_a_name() -> None:
    assert INDEX.beside("mrln", "qstgrd") == 7
    assert INDEX.beside("qstgrd", "mrln") is None
    assert INDEX.beside("d", "vx") is None, "too few letters are left"


@pytest.mark.parametrize(
    ("word", "owner"), [("mrlnqstgrd", 7), ("elmknd", 9), ("mrlnqstgr", None), ("lmknd", None)]
)
def test_one_word_without_vowels_is_a_name_that_begins_so(word: str, owner: int | None) -> None:
    assert INDEX.joined(word) == owner


@pytest.mark.parametrize("word", ["edvx", "html", "dslr", "dpmpp", "marlnqstgrd", "almknd"])
def test_abbreviations_and_words_with_vowels_are_none(word: str) -> None:
    assert INDEX.joined(word) is None
