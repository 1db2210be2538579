from __future__ import annotations

import pytest

from moderation.names.near import NearIndex
from moderation.names.single import SingleNames

OWNERS = {"zorvandia": 0, "petrik": 1, "marlin": 2, "quistgard": 3, "vexonia": 4, "мортин": 5}
NAMES = SingleNames(OWNERS, OWNERS.keys() - {"мортин"}, NearIndex({*OWNERS, "quistgord"}), {"marlin"})


@pytest.mark.parametrize(
    ("word", "owner"),
    [
        ("zorvandja", 0),
        ("zorvanda", 0),
        ("petrikem", 1),
        ("petrikille", 1),
        ("petrikin", 1),
        ("quistgord", 3),
    ],
)
def test_slips_and_cases_of_a_name_are_known(word: str, owner: int) -> None:
    assert set(NAMES.owners(word)) == {(owner, True)}


@pytest.mark.parametrize(
    ("word", "owner"),
    [("vexpnia", 4), ("vexnoia", 4), ("petrok", 1), ("petirk", 1), ("petrika", 1), ("qustgrd", 3)],
)
def test_shorter_names_are_known_with_a_slip_inside(word: str, owner: int) -> None:
    assert set(NAMES.owners(word)) == {(owner, True)}


def test_two_names_written_together_are_both_known() -> None:
    assert set(NAMES.owners("vexoniapetrik")) == {(4, True), (1, True)}
    assert not set(NAMES.owners("vexoniamarlin"))


@pytest.mark.parametrize(("word", "owner"), [("ainoxev", 4), ("kirtep", 1)])
def test_names_are_known_backwards(word: str, owner: int) -> None:
    assert set(NAMES.owners(word)) == {(owner, True)}


def test_a_name_itself_is_known_for_a_letter_may_be_doubled_that_is_not_in_it() -> None:
    assert set(NAMES.owners("zorvandia")) == {(0, True)}


@pytest.mark.parametrize(
    "word",
    [
        "petriks",
        "marlinem",
        "marlin",
        "zorvoxdja",
        "quarter",
        "pexonia",
        "vexoni",
        "vexonial",
        "metrik",
        "nilram",
    ],
)
def test_other_words_and_plain_ones_are_not(word: str) -> None:
    assert list(NAMES.owners(word)) == []


def test_a_case_of_a_name_in_other_letters_is_known_as_such() -> None:
    assert set(NAMES.owners("мортинille")) == {(5, False)}
