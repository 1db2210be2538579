from __future__ import annotations

import pytest

from moderation.names.by_letters import ByLetters
from moderation.names.fit import Spelling
from moderation.reading import Reading

SURE = Spelling.of(0, "Zorvandia")._replace(is_sure=True)
NAMES = ByLetters([SURE, Spelling.of(1, "Jon Loy"), Spelling.of(2, "Hannah Cooper"), Spelling.of(3, "Обама")])


def owners(text: str) -> list[int]:
    return [each.owner for _, spellings in NAMES.find(Reading(text)) for each in spellings]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see jon loy, there", [1]),
        ("j o n l o y", [1]),
        ("jonloy99", [1]),
        ("han nah co oper", [2]),
        ("repooc hannah", [2]),
        ("xxzorvandiaxx", [0]),
        ("zorv andia", [0]),
        ("с Обамами", [3]),
        ("zorvandia and jon loy", [0, 1]),
        ("", []),
    ],
)
def test_names_are_found_however_spaces_part_their_letters(text: str, found: list[int]) -> None:
    assert owners(text) == found


def test_a_place_is_one_of_letters_of_which_repeated_ones_stand_once() -> None:
    reading = Reading("loom m.mn zorvandia")
    ((place, _),) = NAMES.find(reading)
    assert reading.squeezed[place:].startswith("zorvand")
