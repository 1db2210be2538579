from __future__ import annotations

import codecs

import pytest

from moderation.names.keyed import KeyedNames
from moderation.reading import Reading

NAMES = KeyedNames([(7, "Marlena Quistgaard"), (8, "Li Bo"), (9, "Anna Maria Quist")])


def shifted(text: str, by: int) -> str:
    return "".join(chr(97 + (ord(each) - 97 + by) % 26) if each.isalpha() else each for each in text.lower())


@pytest.mark.parametrize(
    "written",
    [
        codecs.encode("Marlena Quistgaard", "rot13"),
        shifted("marlena quistgaard", 1),
        shifted("marlena quistgaard", -3),
        "nziovmz jfrhgtzziw",
        "lenamar gaardquist",
        "Quarlena Mistgaard",
    ],
)
def test_words_that_were_changed_alike_are_a_name(written: str) -> None:
    text = f"a portrait of ({written}), smiling"
    (owner, start, end), *_ = NAMES.find(Reading(text))
    assert owner == 7
    assert written in text[start:end]


@pytest.mark.parametrize(
    "written",
    [
        "marlena quistgaard",
        f"{shifted('marlena', 1)} {shifted('quistgaard', 2)}",
        "lenamar quistgaard",
        "lenamar, a boat, gaardquist",
        shifted("li bo", 1),
        "",
    ],
)
def test_other_words_are_none(written: str) -> None:
    assert list(NAMES.find(Reading(written))) == []
