from __future__ import annotations

import pytest

from moderation.names.aloud import are_near, read_aloud, readings_aloud, sounding, syllables, vowels_apart


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("meryl streep", "merril streap"),
        ("idris elba", "eedris elbah"),
        ("knightley", "nightly"),
        ("quinn", "kwin"),
        ("schumer", "shoomer"),
        ("phoenix", "feenicks"),
        ("wright", "rite"),
        ("tchaikovsky", "chykovskee"),
    ],
)
def test_what_sounds_alike_has_the_same_consonants_and_near_vowels(one: str, other: str) -> None:
    written = sounding("|".join(map(read_aloud, other.split())))
    assert any(
        name.classes == written.classes and are_near(name, written, 0.6)
        for name in readings_aloud(one.split())
    )


@pytest.mark.parametrize(("one", "other"), [("elba", "alibi"), ("pit", "pot")])
def test_what_sounds_otherwise_is_told_apart(one: str, other: str) -> None:
    name, written = (sounding(read_aloud(word)) for word in (one, other))
    assert name.classes != written.classes or not are_near(name, written, 0.3)


def test_between_consonants_and_around_them_are_vowels() -> None:
    read = sounding(read_aloud("idris"))
    assert read.classes == "TRS"
    assert len(read.vowels) == len(read.consonants) + 1


def test_an_r_at_the_end_of_a_word_is_heard_before_a_vowel_only() -> None:
    assert sounding("|".join(map(read_aloud, ("ear", "a")))).classes == "R"
    assert sounding("|".join(map(read_aloud, ("ear", "to")))).classes == "T"


def test_a_name_may_be_read_in_several_ways() -> None:
    assert {read.classes[0] for read in readings_aloud(["chandra"])} == {"S", "K"}


def test_vowels_are_near_that_are_written_for_each_other() -> None:
    assert vowels_apart("ee", "ea") == 0
    assert vowels_apart("ay", "o") > 0
    assert vowels_apart("", "o") > vowels_apart("e", "o")


def test_syllables_are_counted() -> None:
    assert syllables(sounding(read_aloud("ohtani"))) == 3
