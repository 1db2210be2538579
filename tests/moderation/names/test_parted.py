from __future__ import annotations

import pytest

from moderation.names.listing import Name
from moderation.names.plain import is_meant
from moderation.names.register import Register
from moderation.reading import Reading

NAMES = ["Idris Elba", "Natalie Portman", "Robert Plant", "Kate Winslet", "Hillary Swank", "Kit Harington"]
PLAIN = {"Robert Plant"}
REGISTER = Register([Name(name, (name,), is_plain=name in PLAIN) for name in NAMES])


def meant(text: str) -> set[str]:
    return {each.name.name for each in REGISTER.find(Reading(text)) if is_meant(each)}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("idris in a grey suit, last name elba", "Idris Elba"),
        ("a woman, surname portman, in a field; her first name is natalie", "Natalie Portman"),
        ("first name: kate, job: sailor, second name: winslet", "Kate Winslet"),
        ("robert at a microphone, family name plant", "Robert Plant"),
        ("eine Frau namens Natalie, Nachname: Portman", "Natalie Portman"),
        ("natalie sur un cheval, nom de famille portman", "Natalie Portman"),
        ("natalie con sombrero, apellido portman", "Natalie Portman"),
        ("a plant, called robert", "Robert Plant"),
        ("idris, leather coat, night, elba", "Idris Elba"),
        ("natalie reading in the garden. portman", "Natalie Portman"),
        ("robert on a stage, p l a n t", "Robert Plant"),
    ],
)
def test_names_are_known_whose_words_stand_apart(written: str, name: str) -> None:
    assert meant(written) == {name}


@pytest.mark.parametrize(
    "written",
    [
        "robert waters a plant",
        "robert in the garden, plant in a pot",
        "a cat called robert beside a plant",
        "idris on the island of elba",
        "elba, a boat, idris",
        "a form with the words first name and last name",
        "natalie and a portman hotel",
        "p l a n t",
    ],
)
def test_words_that_stand_apart_are_no_name_by_themselves(written: str) -> None:
    assert meant(written) == set()
