"""What braces in a prompt stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.permutations import MOST_PROMPTS, TooManyPrompts, permuted


@pytest.mark.parametrize(
    ("prompt", "prompts"),
    [
        ("{red, blue} house", ["red house", "blue house"]),
        ("{red,blue} {house,tree}", ["red house", "red tree", "blue house", "blue tree"]),
        ("a {big, } house", ["a big house", "a house"]),
        ("{red, {dark, light} blue} sea", ["red sea", "dark blue sea", "light blue sea"]),
        ("{red, red, blue} sea", ["red sea", "blue sea"]),
        ("({red, blue}:1.3) house", ["(red:1.3) house", "(blue:1.3) house"]),
        (r"{red\, dark, blue} house", ["red, dark house", "blue house"]),
        ("{(red, green:1.2), [blue, pale]} house", ["(red, green:1.2) house", "[blue, pale] house"]),
        ("{(red, {dark, light} green), blue}", ["(red, dark green)", "blue", "(red, light green)"]),
        ("{:(, :|} face", [":( face", ":| face"]),
        ("{赤、青}い家", ["赤い家", "青い家"]),
        ("｛red，blue｝ house", ["red house", "blue house"]),
        ("{red, blue、green} house", ["red house", "blue house", "green house"]),
        ("بيت {أحمر، أزرق}", ["بيت أحمر", "بيت أزرق"]),
        (
            "{（red，green：1.2）、［blue, pale］} house",
            ["（red，green：1.2） house", "［blue, pale］ house"],
        ),
        ("{__colour__, $ink} house", ["__colour__ house", "$ink house"]),
    ],
)
def test_each_thing_that_is_listed_makes_a_prompt(prompt: str, prompts: list[str]) -> None:
    assert permuted(prompt) == tuple(prompts)


@pytest.mark.parametrize(
    "prompt",
    [
        "a {red} house",
        "a ｛red｝ house、and a ｛} tree",
        "a {(red, green)} house",
        "a {} house",
        "a {red|blue} house",
        "a {red, red} house",
        "a {red, house",
        "a } {",
        "a  b",
    ],
)
def test_braces_that_list_nothing_stay_words(prompt: str) -> None:
    assert permuted(prompt) == (prompt,)


def test_escaped_braces_are_braces() -> None:
    assert permuted(r"a \{red, blue\} house") == ("a {red, blue} house",)
    assert permuted(r"{a \{b\}, c {d}}") == ("a {b}", "c {d}")
    assert permuted(r"\｛赤\、青\｝い家、{a\，b、c}") == ("｛赤、青｝い家、a，b", "｛赤、青｝い家、c")


@given(st.text("ab \\{}｛｝,、，()", max_size=24))
def test_full_width_signs_mean_what_the_others_do(prompt: str) -> None:
    narrow = str.maketrans("｛｝、，", "{},,")

    def made(text: str) -> list[str] | None:
        try:
            return [each.translate(narrow) for each in permuted(text)]
        except TooManyPrompts:
            return None

    assert made(prompt) == made(prompt.translate(narrow))


def test_no_more_are_made_than_are_drawn_at_once() -> None:
    assert len(permuted("{1,2,3,4} {5,6,7,8}")) == MOST_PROMPTS
    for many in ("{1,2,3,4} {5,6,7,8,9}", "{1,2}" * 100, "{" + ",".join(map(str, range(300))) + "}"):
        with pytest.raises(TooManyPrompts, match="more than 16 prompts"):
            permuted(many)
    assert len(permuted("{" * 400 + "a" + "}" * 400)) == 1
    assert len(permuted("{1,2,3,4} {5,6,7,8} " + "{word} " * 50)) == MOST_PROMPTS
