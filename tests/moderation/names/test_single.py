from __future__ import annotations

import pytest

from moderation.names.near import NearIndex
from moderation.names.single import SingleNames

OWNERS = {"zorvandia": 0, "petrik": 1, "marlin": 2, "quistgard": 3}
NAMES = SingleNames(OWNERS, NearIndex({*OWNERS, "quistgord"}), {"marlin"})


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
    assert set(NAMES.owners(word)) == {owner}


@pytest.mark.parametrize("word", ["zorvandia", "petrok", "petriks", "marlinem", "zorvoxdja", "quarter"])
def test_the_name_itself_short_slips_and_plain_words_are_not(word: str) -> None:
    assert list(NAMES.owners(word)) == []
