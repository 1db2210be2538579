"""What a prompt names beside words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.prompt_language.limits import (
    LoraSet,
    asks_little,
    loras,
    misplaced_addon,
    text_weights,
    too_much,
)
from moderation.prompt_language.parse import parse


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("a tree", ()),
        ("a tree <lora:ink:0.8>", (("ink", 0.8),)),
        ("<lora:b> a <lora:a:-1>", (("a", -1.0), ("b", 1.0))),
        ("<lora:ink:0.5> a [<lora:ink:0.25>:b:3] AND c", (("ink", 0.75),)),
        ("<lora:ink:0> a <lora:oil:1><lora:oil:-1>", ()),
    ],
)
def test_loras_are_for_the_whole_picture(prompt: str, found: LoraSet) -> None:
    assert loras(parse(prompt)) == found


def test_a_lora_may_weigh_otherwise_in_the_text_towers() -> None:
    tree = parse("<lora:ink:0.5:0.9> a <lora:oil:1> <lora:ink:0.25> <lora:te:1:0>")
    assert loras(tree) == (("ink", 1.15), ("oil", 1.0), ("te", 0.0))
    assert text_weights(tree) == (("ink", 0.75), ("te", 1.0))


@pytest.mark.parametrize("field", ["lbw=MIDD", "much", "0.5:1:8", "step=10"])
def test_a_field_of_a_lora_that_means_nothing_is_told(field: str) -> None:
    said = misplaced_addon(parse(f"a <lora:ink:{field}>"), parse(""))
    assert said is not None
    assert field.split(":")[-1] in said
    assert "as in <lora:name:0.5:0.8>" in said


def test_what_cannot_be_had_is_a_sentence() -> None:
    plain = parse("a tree")
    assert misplaced_addon(parse("a <lora:ink:1>"), plain) is None
    assert misplaced_addon(plain, parse("<cat>")) is None, "what is learned may be unwanted"
    assert "<lora:ink:1> into the prompt itself" in (misplaced_addon(plain, parse("<lora:ink:1>")) or "")
    five = parse("".join(f"<lora:{name}:1>" for name in "abcde"))
    assert "more than 4 LoRAs" in (too_much(five, plain, 20) or "")


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                " ",
                "(a:1.2)",
                "((b",
                "[c:d:3]",
                "[e|f]",
                ")",
                "!",
                "++",
                "--",
                ":0.3",
                " AND ",
                " BREAK ",
                "<lora:x:1>",
            ]
        ),
        max_size=60,
    )
)
def test_what_asks_little_at_a_glance_is_not_too_much(parts: list[str]) -> None:
    text = "".join(parts)
    if asks_little(text):
        assert too_much(parse(text), parse(text), 20) is None


def test_a_prompt_with_some_weights_asks_little() -> None:
    assert asks_little("a (red:1.2) boat, [sea], (sky)!, gold++, <lora:ink:0.8>")
    assert not asks_little(" BREAK ".join("abcdefghijklm"))
