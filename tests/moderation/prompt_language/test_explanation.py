from __future__ import annotations

import pytest

from moderation.prompt_language.explanation import explain, has_syntax, step_names
from moderation.prompt_language.parse import parse


def test_plain_words_are_one_moment() -> None:
    (moment,) = explain(parse("a red boat"), 4)
    assert moment.steps == (1, 2, 3, 4)
    (branch,) = moment.branches
    assert (branch.weight, len(branch.sections)) == (1.0, 1)


def test_every_different_prompt_is_a_moment_in_the_order_of_appearance() -> None:
    moments = explain(parse("[a|b] boat"), 5)
    assert [moment.steps for moment in moments] == [(1, 3, 5), (2, 4)]
    moments = explain(parse("[a:b:2] boat"), 5)
    assert [moment.steps for moment in moments] == [(1, 2), (3, 4, 5)]


def test_branches_and_sections_are_told_apart() -> None:
    (moment,) = explain(parse("a BREAK b AND c :0.5"), 1)
    assert [(branch.weight, len(branch.sections)) for branch in moment.branches] == [(1.0, 2), (0.5, 1)]


@pytest.mark.parametrize(
    ("prompt", "syntax"),
    [("a red boat", False), (r"a \(red\) boat", False), ("(red) boat", True), ("a AND b", True), ("", False)],
)
def test_syntax_is_whatever_is_more_than_words(prompt: str, syntax: bool) -> None:
    assert has_syntax(parse(prompt)) is syntax


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((7,), "7"),
        ((1, 2), "1, 2"),
        (tuple(range(1, 11)), "1 to 10"),
        ((1, 3, 5, 7), "1, 3, 5, 7"),
        (tuple(range(1, 20, 2)), "1, 3, 5 ... 19"),
    ],
)
def test_steps_are_named_as_people_say_them(steps: tuple[int, ...], said: str) -> None:
    assert step_names(steps) == said
