from __future__ import annotations

import pytest

from moderation.names.heard import Heard, coarse, is_verb, owner_of, sounds
from moderation.names.listing import Name
from moderation.names.register import Register
from moderation.reading import Reading

NAMES = ["Tom Cruise", "Leo Messi", "Matt Damon", "Billie Eilish", "Halle Berry", "Mark Rutte", "Sean Bean"]
REGISTER = Register([Name(name, (name,)) for name in NAMES])


def found(text: str) -> set[str]:
    return {each.name.name for each in REGISTER.find(Reading(text))}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("tom crews on a motorbike", "Tom Cruise"),
        ("a portrait of leo messy", "Leo Messi"),
        ("mat demon, oil painting", "Matt Damon"),
        ("billy eyelish", "Billie Eilish"),
    ],
)
def test_names_are_known_by_ear(written: str, name: str) -> None:
    assert found(written) == {name}


@pytest.mark.parametrize(
    "written",
    [
        "tom crews the ship",
        "a leo and a messy room",
        "mat, demon and dragon",
        "a hail berry in the snow",
        "mark route 66 on the map",
        "has sean been there",
        "a matter of demons",
    ],
)
def test_words_that_only_nearly_sound_like_a_name_are_none(written: str) -> None:
    assert found(written) == set()


def test_what_is_spelled_otherwise_may_sound_the_same() -> None:
    for one, other in (("cruise", "crews"), ("hart", "heart"), ("knightley", "nightly")):
        assert sounds(one) & sounds(other)
        assert coarse(one) == coarse(other)
    assert not sounds("gates") & sounds("gets")


def test_what_may_be_told_at_a_glance_leaves_no_name_out() -> None:
    heard = Heard([(4, "Tom Cruise")])
    (key,) = heard.last("crews") & heard.lasts("tom").keys()
    assert heard.last("table") == frozenset()
    names = heard.lasts("tom")[key]
    assert owner_of(names, "tom", "crews") == 4
    assert owner_of(names, "tom", "cruise") is None


def test_a_word_begins_the_names_of_all_that_sound_like_it() -> None:
    heard = Heard([(1, "Sean Bennett"), (2, "Shawn Bennett")])
    owners = {each.owner for names in heard.lasts("shawn").values() for each in names}
    assert owners == {2}
    assert heard.lasts("table") == {}


def test_a_word_with_an_object_is_a_verb() -> None:
    assert is_verb("crews", " the ship")
    assert not is_verb("crews", " on a ship")


def test_common_words_are_read_as_they_are_said() -> None:
    assert not sounds("chilly") & sounds("kelly")
    assert not sounds("chill") & sounds("kill")
    assert sounds("chord") & sounds("cord")
