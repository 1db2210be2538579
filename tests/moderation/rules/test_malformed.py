from __future__ import annotations

import pytest

from moderation.judge import judge_prompt
from moderation.policy import NSFW, SFW
from moderation.verdict import Action
from tests.moderation.support import verdict


def test_a_malformed_prompt_gives_one_reason() -> None:
    for prompt, negative in (("", ""), ("naked\u202e", ""), ("a cat", "\0"), ("a cat", "a" * 1001)):
        (reason,) = judge_prompt(prompt, negative, NSFW).reasons
        assert reason.rule == "malformed"


def test_what_is_said_beside_it_may_stand_alone() -> None:
    assert judge_prompt("", "", NSFW, beside=("a cat",)).verdict is Action.ALLOW
    assert judge_prompt("...", "", NSFW, beside=("a cat",)).blocked


@pytest.mark.parametrize("prompt", ["!!!", "(:1.3)", "()", "[:1.2]", " , , ", "BREAK", "AND", "[|]", "..."])
def test_a_prompt_of_signs_alone_is_empty(prompt: str) -> None:
    (reason,) = judge_prompt(prompt, "", NSFW).reasons
    assert (reason.rule, reason.matched) == ("malformed", "empty")
    assert reason.explanation == "The prompt is empty. Please say what the picture should show."


@pytest.mark.parametrize(
    "prompt", ["🐱", "♥", "<lora:ink:1>", "<mine>", "42", "(:a:0.5)", "犬", "٣", "a", "1️⃣"]
)
def test_whatever_can_be_drawn_is_not(prompt: str) -> None:
    assert verdict(prompt, SFW) == (Action.ALLOW, "")


COSTLY = {
    "nine branches": (" AND ".join("abcdefghi"), "", "more than 8 prompts with AND"),
    "nine chunks": ("a" + " BREAK b" * 8, "", "longer than 8 chunks"),
    "seven times eleven": ("[a|b|c|d|e|f|g] [h|i|j|k|l|m|n|o|p|q|r]", "", "more than 16 different"),
    "seventeen weights": (" ".join(f"(a:{i / 10})" for i in range(11, 28)), "", "more than 16 different"),
    "a composed negative prompt": ("a", "b AND c", "commas instead"),
}


@pytest.mark.parametrize(("prompt", "negative", "complaint"), COSTLY.values(), ids=COSTLY)
def test_what_would_cost_too_much_is_refused_with_one_sentence(
    prompt: str, negative: str, complaint: str
) -> None:
    (reason,) = judge_prompt(prompt, negative, NSFW, steps=50).reasons
    assert reason.rule == "malformed"
    assert complaint in reason.explanation


@pytest.mark.parametrize(
    "prompt", [" AND ".join("abcdefgh"), "a" + " BREAK b" * 7, "[a|b] [c|d] [e|f] [g:h:0.3]"]
)
def test_what_is_just_cheap_enough_is_allowed(prompt: str) -> None:
    assert verdict(prompt, SFW) == (Action.ALLOW, "")
