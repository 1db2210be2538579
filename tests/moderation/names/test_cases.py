from __future__ import annotations

import pytest

from moderation.names.cases import declined, uninflected


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("marlenovi", "marlen"),
        ("quistgaardem", "quistgaard"),
        ("zorvanin", "zorvan"),
        ("zorvanille", "zorvan"),
        ("marlenou", "marlena"),
        ("zorvanak", "zorva"),
        ("zorvanskeho", "zorvansky"),
        ("zorvanskogo", "zorvansky"),
        ("zorvanskym", "zorvansky"),
        ("zorvosella", "zorvonen"),
        ("zorvosen", "zorvonen"),
        ("zorvanian", "zorvan"),
    ],
)
def test_what_is_left_without_an_ending_is_given(word: str, stem: str) -> None:
    assert stem in dict(uninflected(word))


@pytest.mark.parametrize("word", ["zorvanx", "edem", "ovi", "marlenolog"])
def test_other_words_and_short_ones_have_no_ending(word: str) -> None:
    assert not dict(uninflected(word))


def test_names_in_cyrillic_letters_are_declined() -> None:
    assert {"марлену квист", "марленой квистом"} & set(declined("марлена квист")) == {"марлену квист"}
    assert {"зорванского", "зорванским"} <= set(declined("зорванский"))
    assert "ольгой зорваной" in set(declined("ольга зорвана"))


def test_names_that_only_get_longer_have_no_forms_of_their_own() -> None:
    assert list(declined("квист")) == []
