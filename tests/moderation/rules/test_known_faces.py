from __future__ import annotations

import pytest

from moderation.judge import judge_picture
from moderation.policy import FAMILY, NSFW, SFW, Listed, Policy
from moderation.said import Said
from moderation.seen import KnownFace
from moderation.verdict import Action, Verdict
from tests.moderation.support import seen

MIRA = KnownFace("Mira Fandango", (10, 10, 60, 60))


def judged(policy: Policy, *found: tuple[str, float], prompt: str = "") -> Verdict:
    return judge_picture(seen(*found), policy, Said(prompt), known=(MIRA,))


@pytest.mark.parametrize("policy", [FAMILY, SFW, NSFW], ids=lambda policy: policy.preset)
def test_a_known_face_is_refused_where_its_name_would_be(policy: Policy) -> None:
    verdict = judged(policy)
    assert verdict.verdict is Action.BLOCK
    assert (verdict.reasons[0].rule, verdict.reasons[0].matched) == ("known faces", "Mira Fandango")
    assert "seems to show Mira Fandango" in verdict.reasons[0].explanation


@pytest.mark.parametrize(
    ("names", "action"),
    [(Listed.OFF, Action.ALLOW), (Listed.WARN, Action.WARN), (Listed.BLOCK, Action.BLOCK)],
)
def test_what_the_policy_says_of_names_holds_for_faces(names: Listed, action: Action) -> None:
    assert judged(SFW.model_copy(update={"names": names})).verdict is action


def test_a_name_that_is_let_through_may_be_seen() -> None:
    assert not judged(SFW.model_copy(update={"names_allowed": ("Mira Fandango",)})).reasons


@pytest.mark.parametrize(("found", "prompt"), [([("FEMALE_BREAST_EXPOSED", 0.9)], ""), ([], "a nude woman")])
def test_a_known_face_beside_nudity_or_sexual_words_is_refused_everywhere(
    found: list[tuple[str, float]], prompt: str
) -> None:
    allowed = NSFW.model_copy(update={"names": Listed.OFF, "names_allowed": ("Mira Fandango",)})
    verdict = judged(allowed, *found, prompt=prompt)
    assert verdict.verdict is Action.BLOCK
    assert verdict.reasons[0].rule == "real people"
    assert "refused in every channel" in verdict.reasons[0].explanation


def test_a_name_is_let_through_in_whichever_case_it_was_learned() -> None:
    assert not judged(SFW.letting(["MIRA fandango"])).reasons
