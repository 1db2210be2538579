from __future__ import annotations

import pytest

from moderation.names.near import NearIndex, budget, sounds_alike

INDEX = NearIndex(["taylor", "leonardo", "tom", "pit"])


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("taylor", {("taylor", 0)}),
        ("tailor", {("taylor", 1)}),
        ("taylr", {("taylor", 1)}),
        ("tyalor", {("taylor", 0.5)}),
        ("taylorr", {("taylor", 1)}),
        ("tlyaor", {("taylor", 0.75)}),
        ("lnoraedo", {("leonardo", 0.75)}),
        ("olnaedro", set()),
        ("leonado", {("leonardo", 1)}),
        ("lenado", {("leonardo", 2)}),
        ("tam", set()),
        ("tylr", set()),
    ],
)
def test_slips_are_allowed_by_how_long_a_word_is(word: str, near: set[tuple[str, float]]) -> None:
    assert set(INDEX.near(word)) == near


def test_a_whole_name_has_a_budget() -> None:
    assert [budget(letters) for letters in (6, 7, 11, 16)] == [0, 1, 2, 3]


def test_words_with_the_same_consonants_sound_alike() -> None:
    assert sounds_alike("tailor", "taylor")
    assert not sounds_alike("sailor", "taylor")
