"""Prompts taken apart and put together."""

from __future__ import annotations

import pytest

from tasks.shorten import NothingToShorten, checked, left_out, may_go, pieces_of, put_together


@pytest.mark.parametrize(
    ("prompt", "pieces"),
    [
        ("a red  house", ["a", "red", "house"]),
        ("a (big red:1.3) house", ["a", "(big red:1.3)", "house"]),
        ("a ((very (big)) red) house", ["a", "((very (big)) red)", "house"]),
        (r"a \(red house \) \\(b c)", ["a", r"\(red", "house", r"\)", r"\\(b c)"]),
        ("a (never closed house", ["a", "(never closed house"]),
        ("a house) <my cat>, [sea : sky]", ["a", "house)", "<my cat>,", "[sea : sky]"]),
    ],
)
def test_brackets_hold_together(prompt: str, pieces: list[str]) -> None:
    assert pieces_of(prompt) == pieces


@pytest.mark.parametrize(
    ("piece", "goes"), [("house,", True), ("(house:1.2)", False), ("AND", False), ("house!!", False)]
)
def test_only_plain_words_may_go(piece: str, goes: bool) -> None:
    assert may_go(piece) is goes


def test_no_comma_is_left_alone() -> None:
    assert put_together(["a", "house,", ",", "at", "sea,"]) == "a house, at sea"
    assert put_together([",", "sea"]) == "sea"


def test_what_is_missing_is_found_by_its_place() -> None:
    pieces = ["a", "picture", "of", "a", "red", "circle,", "at", "sunset"]
    shorter = "a red circle sunset"
    assert left_out(pieces, shorter) == [False, True, True, True, False, False, True, False]


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("house", "A single word"),
        (" \u3000 ", "The prompt is empty"),
        ("(a red house:1.2)", "stays together"),
        ("((never closed", "stays together"),
    ],
)
def test_what_cannot_be_made_shorter_is_told_why(prompt: str, said: str) -> None:
    with pytest.raises(NothingToShorten, match=said):
        checked(prompt)
    assert checked("a (red house:1.2)") == "a (red house:1.2)"
