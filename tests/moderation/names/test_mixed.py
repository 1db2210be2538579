from __future__ import annotations

import pytest

from moderation.names.mixed import find

PAIRS = {"taylor": {"swift": 0}, "elon": {"musk": 1}}
BACK = {"swift": {"taylor": 0}, "musk": {"elon": 1}}


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("портрет elon маск, 4k", 1),
        ("тейлор swift", 0),
        ("Elon Маском", 1),
        ("elon μασκ", 1),
        ("илон_musk", 1),
        ("एलन musk", 1),
    ],
)
def test_a_name_in_two_scripts_is_known(text: str, owner: int) -> None:
    found = list(find(text, lambda word: PAIRS.get(word, {}), lambda word: BACK.get(word, {})))
    assert [each for each, _, _ in found] == [owner]


@pytest.mark.parametrize(
    "text", ["elon musk", "elon мост", "маска elon", "тейлор swiss", "илон маск", "elon да"]
)
def test_names_in_one_script_and_other_words_are_not(text: str) -> None:
    assert not list(find(text, lambda word: PAIRS.get(word, {}), lambda word: BACK.get(word, {})))
