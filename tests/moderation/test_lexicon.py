from __future__ import annotations

import pytest

from moderation.lexicon import Lexicon, LongLexicon, terms
from moderation.reading import readings


@pytest.mark.parametrize("name", ["gore"])
def test_lists_hold_each_term_once(name: str) -> None:
    listed = terms(name)
    assert listed
    assert len(listed) == len(set(listed))
    assert all(term == term.strip() for term in listed)


TERMS = ("boat", "sail*", "steam ship", "船", "ヨット", "لباس", "go")
BOATS = Lexicon(TERMS)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("a red boat", "boat"),
        ("boooat", "boooat"),
        ("b.o.a.t", "b.o.a.t"),
        ("a x b o a t y z", "b o a t"),
        ("sailing home", "sailing"),
        ("steam ship", "steam ship"),
        ("steam-ship", "steam-ship"),
        ("大きな船です", "船"),
        ("ヨットが好き", "ヨット"),
    ],
)
def test_terms_are_found_however_they_stand_and_quoted(written: str, found: str) -> None:
    match = BOATS.find(readings(written))
    assert match is not None
    assert match.quote == found


@pytest.mark.parametrize(
    "written", ["boats", "a houseboat", "bo at sea", "steam", "ヨットクラブ", "assail", ""]
)
def test_parts_of_other_words_are_not(written: str) -> None:
    assert BOATS.find(readings(written)) is None


def test_two_doubled_letters_are_a_disguise_and_one_is_another_word() -> None:
    bares = Lexicon(["bares"])
    assert bares.find(readings("baareess"))
    assert bares.find(readings("barees")) is None


def test_what_is_taken_out_leaves_a_gap_across_which_nothing_forms() -> None:
    left = Lexicon(["rubber"]).taken_out(readings("steam rubber ship"))
    assert BOATS.find(readings("steam ship"))
    assert BOATS.find(left) is None


def test_what_overlaps_an_innocent_phrase_does_not_count() -> None:
    boats = Lexicon(["boat"], Lexicon(["gravy boat*"]))
    assert boats.find(readings("two gravy boats")) is None
    match = boats.find(readings("a gravy-boat on a b0at"))
    assert match is not None
    assert match.quote == "b0at"


def test_greek_is_found_in_capitals_which_look_like_other_letters() -> None:
    lexicon = Lexicon(["γυμνή", "ηχώ"])
    for written in ("ΓΥΜΝΗ", "ΓΥΜΝΉ", "Γυμνή", "γυμνή", "Ηχώ", "ΗΧΩ"):
        assert lexicon.find(readings(written)), written


@pytest.mark.parametrize(
    "written",
    [
        "a red boat, sailing on a steam-ship or a steam ship",
        "b.o.a.t x b o a t y, boooat",
        "大きな船でヨットクラブ",
        "steam (ship:1.2) assail go, g o",
        "اللباس و لباس",
        "boats, houseboat, bo at",
    ],
)
def test_a_long_list_finds_the_same(written: str) -> None:
    (reading,) = readings(written)
    assert [match[1:] for match in LongLexicon(TERMS).matches(reading)] == [
        match[1:] for match in BOATS.matches(reading)
    ]
