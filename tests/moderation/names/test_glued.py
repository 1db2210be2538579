from __future__ import annotations

import pytest

from moderation.names.glued import may_be_put_around


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("x", "x"),
        ("xx", "xx"),
        ("the", ""),
        ("", "fan99"),
        ("real", "2024"),
        ("j", ""),
        ("mr_", ""),
    ],
)
def test_what_handles_have_leaves_a_name_what_it_is(before: str, after: str) -> None:
    assert may_be_put_around(before, after)


@pytest.mark.parametrize(
    ("before", "after"), [("in", ""), ("", "nutrient"), ("the", "nutrient"), ("trans", "")]
)
def test_other_letters_make_another_word_of_it(before: str, after: str) -> None:
    assert not may_be_put_around(before, after)
