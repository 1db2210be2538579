from __future__ import annotations

import pytest

from moderation.names.surnames import Surnames

NAMES = Surnames(
    [
        (0, "Brad Zonder", ("brad", "zonder")),
        (1, "Darth Quill", ("darth", "quil")),
        (2, "Mark Velloc", ("mark", "veloc")),
        (3, "Will Smith", ("wil", "smith")),
    ]
)


@pytest.mark.parametrize(
    ("first", "last", "written", "owner"),
    [("brat", "zonder", "Zonder", 0), ("bread", "zonder", "zonder", 0), ("marc", "veloc", "velloc", 2)],
)
def test_a_rare_surname_says_what_a_word_before_it_is_meant_for(
    first: str, last: str, written: str, owner: int
) -> None:
    assert NAMES.owner(first, last) == owner
    assert NAMES.written(last) == written.casefold()
    assert NAMES.letter(first) & NAMES.letters(last)


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        ("brat", "zonder", "zondder"),
        ("mary", "veloc", "velloc"),
        ("grad", "zonder", "zonder"),
        ("dark", "quil", "quill"),
        ("wild", "smith", "smith"),
        ("brad", "zonder", "zonder"),
    ],
)
def test_other_words_before_it_and_common_surnames_say_nothing(first: str, last: str, written: str) -> None:
    assert NAMES.owner(first, last) is None or NAMES.written(last) != written
