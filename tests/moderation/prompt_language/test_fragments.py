"""Trees laid flat."""

from __future__ import annotations

import pytest

from moderation.prompt_language.fragments import Fragment, sections
from moderation.prompt_language.parse import parse


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("", [[]]),
        ("a house", [[("a house", 1)]]),
        ("a (b (c:2):0.5)", [[("a ", 1), ("b ", 0.5), ("c", 1)]]),
        ("((a))", [[("a", 1.21)]]),
        ("[(a)]", [[("a", 1)]]),
        ("a BREAK (b BREAK c:-1)", [[("a", 1)], [("b", -1)], [("c", -1)]]),
        ("(((a:9):9):-9)", [[("a", -10)]]),
    ],
)
def test_words_weigh_what_all_brackets_around_them_make(
    text: str, flat: list[list[tuple[str, float]]]
) -> None:
    (branch,) = parse(text).branches
    assert [list(section) for section in sections(branch.parts)] == [
        [Fragment(*words) for words in section] for section in flat
    ]
