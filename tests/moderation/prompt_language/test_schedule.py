"""What is drawn when, and what words weights turn into their opposite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.prompt_language.fragments import turned_text
from moderation.prompt_language.parse import parse
from moderation.prompt_language.schedule import drawn_texts, over_steps
from tests.moderation.prompt_language.test_parse import SYNTAX

PLAYED = {
    "a": "a a a a",
    "[a:b:0.5]": "a a b b",
    "[a:b:0.3]": "a b b b",
    "[a:b:3]": "a a a b",
    "[a:b:0]": "b b b b",
    "[a:b:0.0]": "b b b b",
    "[a:b:1]": "a b b b",
    "[a:b:1.0]": "a a a a",
    "[a:b:1.]": "a a a a",
    "[a:b:2.5]": "a a a a",
    "[a:b:9]": "a a a a",
    "[a:2]": "- - a a",
    "[a::0.5]": "a a - -",
    "[a|b|c]": "a b c a",
    "[[a|b]:c:0.75]": "a b a c",
    "x[a|b](c:[d|e])": "xac:d xbc:e xac:d xbc:e",
    "[[a:b:1]|c]": "a c b c",
}


@pytest.mark.parametrize(("text", "played"), PLAYED.items(), ids=PLAYED)
def test_schedules_are_played_step_by_step(text: str, played: str) -> None:
    moments = [drawn_texts(moment, 1)[0] or "-" for moment in over_steps(parse(text), 4)]
    assert moments == played.split()


@given(SYNTAX, st.integers(1, 40))
def test_a_moment_has_no_schedule_left(text: str, steps: int) -> None:
    moments = over_steps(parse(text), steps)
    assert len(moments) == steps
    for moment in set(moments):
        assert over_steps(moment, steps) == [moment] * steps


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("a (red:1.3) house!!", ["a red house"]),
        ("nu[de|x] AND b BREAK c", ["nude", "b c", "nux"]),
        ("<lora:x:1><y> [a:b:0.5]", ["y a", "y b"]),
    ],
)
def test_every_text_that_is_drawn_is_known(text: str, texts: list[str]) -> None:
    assert [drawn.strip() for drawn in drawn_texts(parse(text), 4)] == texts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("blurry, (cat:1.2), [dog]", ""),
        ("blurry, (cat:-1)", "cat"),
        ("blurry, (cat: -.5 )", "cat"),
        ("(a (cat), dog:-0.5)", "a , cat, , dog"),
        ("((cat:-1):-1)", ""),
        ("a boat AND cat :-1", "cat "),
        ("a boat AND (cat:-1):-1", "cat"),
        ("[dog|(cat:-1)]", "cat"),
        ("cat-1 (dog)--", ""),
        (")))(((", ""),
    ],
)
def test_finds_what_weights_below_zero_turn(text: str, words: str) -> None:
    assert turned_text(parse(text)) == words
