from __future__ import annotations

import pytest

from moderation.names.initials import Initials

NAMES = Initials(
    [
        (0, ("orla", "vanterpol")),
        (1, ("boris", "smith")),
        (2, ("cher",)),
        (3, ("ada", "de", "moz")),
        (4, ("karl", "l", "smith")),
    ]
)


@pytest.mark.parametrize(
    ("text", "owner", "quote"),
    [
        ("portrait of o. vanterpool, 4k", 0, "o. vanterpool"),
        ("O.Vanterpool's hat", 0, "O.Vanterpool"),
        ("A. Mozz", 3, "A. Mozz"),
        ("K. L. Smith as a pope", 4, "K. L. Smith"),
        ("k.l. smith", 4, "k.l. smith"),
    ],
)
def test_an_initial_and_a_rare_surname_are_a_name(text: str, owner: int, quote: str) -> None:
    assert [(found, text[start:end]) for found, start, end in NAMES.find(text)] == [(owner, quote)]


@pytest.mark.parametrize(
    "text",
    [
        "b. smith",
        "k. smith",
        "k. m. smith",
        "p. vanterpool",
        "o vanterpool",
        "e.o. vanterpool",
        "o. vanterpools",
        "c. cher",
    ],
)
def test_frequent_surnames_and_other_initials_are_none(text: str) -> None:
    assert list(NAMES.find(text)) == []
