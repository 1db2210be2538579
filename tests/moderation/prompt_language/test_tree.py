from __future__ import annotations

import pytest

from moderation.prompt_language.tree import (
    WEIGHT_LIMIT,
    Alternate,
    Break,
    Lora,
    Node,
    Switch,
    Text,
    Weighted,
    bounded,
    inner,
    joined,
    number,
    written,
)

A, B = Text("a"), Text("b")


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (Text("(a) [b] a:b a!"), r"\(a\) \[b\] a\:b a\!"),
        (Weighted((A,), 1.1), "(a:1.1)"),
        (Switch((A,), (B,), 0.5, True), "[a:b:0.5]"),
        (Switch((A,), (B,), 1, True), "[a:b:1.0]"),
        (Switch((A,), (), 7, False), "[a::7]"),
        (Alternate(((A,), (), (B,))), "[a||b]"),
        (Break(), " BREAK "),
        (Lora("ink", 0.8), "<lora:ink:0.8>"),
    ],
)
def test_nodes_are_written_as_they_are_read(node: Node, text: str) -> None:
    assert written((node,)) == text


def test_what_is_inside_a_node_is_given_side_by_side() -> None:
    assert inner(Weighted((A,), 2)) == ((A,),)
    assert inner(Switch((A,), (B,), 3, False)) == ((A,), (B,))
    assert inner(Alternate(((A,), (B,), ()))) == ((A,), (B,), ())
    assert inner(A) == inner(Break()) == ()


@pytest.mark.parametrize(
    ("weight", "within"), [(1.23456, 1.2346), (11, WEIGHT_LIMIT), (-99, -WEIGHT_LIMIT), (-0.00001, 0.0)]
)
def test_weights_have_a_limit_and_four_decimals(weight: float, within: float) -> None:
    assert bounded(weight) == within
    assert str(bounded(weight)) == str(within), "zero has no sign"


@pytest.mark.parametrize(("value", "said"), [(1.1, "1.1"), (-1, "-1"), (1 / 1.1, "0.9091"), (10, "10")])
def test_numbers_are_short(value: float, said: str) -> None:
    assert number(value) == said


def test_texts_side_by_side_are_one_and_breaks_have_no_spaces_around_them() -> None:
    assert joined([Text("a "), Text("b "), Break(), Text(" "), Text("c")]) == (
        Text("a b"),
        Break(),
        Text("c"),
    )
    assert joined([Text(" "), Break(), Text(" ")]) == (Break(),)
