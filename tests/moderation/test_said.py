from __future__ import annotations

import pytest

from moderation.judge import judge_prompt
from moderation.policy import NSFW, SFW, Policy


def test_a_schedule_is_judged_for_the_steps_of_the_job() -> None:
    late = "n[x:ude:25]"
    assert not judge_prompt(late, "", SFW, steps=20).blocked
    assert judge_prompt(late, "", SFW, steps=30).blocked


def blocked(prompt: str, *beside: str, negative: str = "", policy: Policy = SFW) -> list[str]:
    return [reason.rule for reason in judge_prompt(prompt, negative, policy, beside=beside).reasons]


def test_what_is_said_beside_the_prompt_is_judged_with_it() -> None:
    assert blocked("a woman", "her nude body") == ["sexual"]
    assert blocked("a woman", "a nu[de|x] body") == ["sexual"]
    assert blocked("a woman", "her hat", "her nude body", policy=NSFW) == []
    assert blocked("a woman", "her hat") == []


@pytest.mark.parametrize(
    ("prompt", "negative", "beside"),
    [
        ("a naked body", "", ("the child",)),
        ("a child on a beach", "", ("a naked body",)),
        ("a beach", "", ("a child", "a naked body")),
        ("a body", "adult", ("a naked girl",)),
        ("a body", "", ("a naked girl, (adult:-1)",)),
    ],
)
def test_what_only_the_whole_says_is_found_across_its_texts(
    prompt: str, negative: str, beside: tuple[str, ...]
) -> None:
    assert blocked(prompt, *beside, negative=negative, policy=NSFW) == ["minors"]


def test_no_phrase_forms_where_one_text_ends() -> None:
    """Chicken breasts are nothing to hide, and neither hides what is."""
    assert blocked("roast chicken breasts", "the plate") == []
    assert blocked("roast chicken", "bare breasts") == ["sexual"]
    assert blocked("a wooden nu", "de lamp") == []


def test_texts_beside_the_prompt_are_well_formed_too() -> None:
    (reason,) = judge_prompt("a cat", "", SFW, beside=("a hat", "nu\u200bde")).reasons
    assert (reason.rule, reason.matched) == ("malformed", "U+200B")
    assert reason.explanation.startswith("The text beside the prompt holds an invisible character")
    (reason,) = judge_prompt("a cat", "", SFW, beside=(" AND ".join("abcdefghi"),)).reasons
    assert (reason.rule, reason.matched) == ("malformed", "cost")
