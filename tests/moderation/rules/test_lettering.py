"""What is written in a picture is judged as words are."""

from __future__ import annotations

import pytest
from PIL import Image

from moderation.judge import judge_picture, judge_writing
from moderation.lettering import lettering
from moderation.policy import NSFW, SFW, Policy
from moderation.said import Said
from moderation.seen import NOTHING, Written
from moderation.verdict import Action, Verdict
from tests.moderation.support import seen
from tests.moderation.test_lettering import CHINESE, written


def of(text: str, policy: Policy, prompt: str = "") -> Verdict:
    return judge_picture(seen(), policy, Said(prompt), written=Written((text,)))


def test_a_listed_name_in_a_picture_is_blocked_and_quoted() -> None:
    verdict = judge_writing(lettering().read(written("Photo of\nTaylor Swift")), SFW)
    assert verdict.blocked
    assert [reason.rule for reason in verdict.reasons] == ["names"]
    assert verdict.reasons[0].explanation.startswith(
        "In the picture is written “Photo of Taylor Swift”. “Taylor Swift” is a name"
    )


def test_a_listed_name_in_chinese_letters_is_blocked() -> None:
    with Image.open(CHINESE) as image:
        verdict = judge_writing(lettering().read(image), SFW)
    assert [reason.matched for reason in verdict.reasons] == ["特朗普", "テイラー・スウィフト"]


@pytest.mark.parametrize("text", ["Grand opening today", "No parking", "Happy birthday Anna"])
def test_innocent_writing_passes(text: str) -> None:
    assert of(text, SFW, "a sign in a street") == Verdict()


def test_the_policy_says_what_names_and_words_may_be_written() -> None:
    assert of("nude", SFW).blocked
    assert not of("nude", NSFW).blocked
    assert not of("Taylor Swift", SFW.model_copy(update={"names_allowed": ("Taylor Swift",)})).blocked


def test_the_floor_joins_writing_and_prompt_in_every_policy() -> None:
    assert not of("sex", NSFW, "a portrait").blocked
    verdict = of("sex", NSFW, "a portrait of Taylor Swift")
    assert verdict.blocked
    assert verdict.reasons[0].rule == "real people"


def test_a_prompt_is_not_judged_again_for_itself() -> None:
    assert of("Hello", NSFW, "Taylor Swift nude") == Verdict()


def test_more_writing_than_is_read_is_blocked_in_every_policy() -> None:
    verdict = judge_writing(Written(("a tree",), has_more=True), NSFW)
    assert verdict.verdict is Action.BLOCK
    assert "less writing" in verdict.reasons[0].explanation
    assert judge_writing(NOTHING, SFW) == Verdict()


def test_long_writing_is_quoted_in_part() -> None:
    verdict = of("Taylor Swift " + "la " * 200, SFW)
    assert "…”" in verdict.reasons[0].explanation
