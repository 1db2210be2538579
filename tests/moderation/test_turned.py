from __future__ import annotations

import pytest

from moderation.turned import turned


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("blurry, (cat:1.2), [dog]", ""),
        ("blurry, (cat:-1)", "cat"),
        ("blurry, ( cat : -.5 )", "cat"),
        ("(cat)-1.2, dog", "cat"),
        ("(a (cat), dog:-0.5)", "cat"),
        ("a boat AND cat :-1", "cat"),
        ("cat-1 (dog)--", ""),
        (")))(((", ""),
    ],
)
def test_finds_what_weights_below_zero_turn(text: str, words: str) -> None:
    assert words in turned(text)
    assert bool(words) == bool(turned(text))
