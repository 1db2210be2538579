from __future__ import annotations

import pytest

from moderation.findings import PINNED_WITNESS
from moderation.judge import judge_picture
from moderation.pictures import LABELS, POCKET_LABELS
from moderation.policy import NSFW, SFW, Policy
from moderation.rules.nudity import NUDITY
from moderation.verdict import Action
from tests.moderation.support import seen


@pytest.mark.parametrize("label", NUDITY)
def test_nudity_is_as_the_policy_has_it(label: str) -> None:
    enough, too_little = seen((label, NUDITY[label].seen)), seen((label, NUDITY[label].seen - 0.01))
    blocked = judge_picture(enough, SFW)
    assert (blocked.verdict, blocked.reasons[0].rule, blocked.reasons[0].matched) == (
        Action.BLOCK,
        "nudity",
        label,
    )
    assert judge_picture(enough, Policy(nudity=Action.WARN)).verdict is Action.WARN
    assert judge_picture(enough, NSFW).verdict is Action.ALLOW
    assert judge_picture(too_little, SFW).verdict is Action.ALLOW


def witnessed(unsafe: float, *found: tuple[str, float], witness: str = PINNED_WITNESS) -> Action:
    findings = seen(*found).model_copy(update={"witness": witness, "unsafe": unsafe})
    return judge_picture(findings, SFW).verdict


@pytest.mark.parametrize("label", sorted(set(NUDITY) - {"BARE_TORSO"}))
def test_what_one_detector_half_sees_needs_a_second_witness(label: str) -> None:
    seen_from, enough, sure = NUDITY[label]
    assert witnessed(enough - 0.01, (label, seen_from)) is Action.ALLOW
    assert witnessed(enough - 0.01, (label, sure - 0.01)) is Action.ALLOW
    assert witnessed(enough, (label, seen_from)) is Action.BLOCK
    assert witnessed(0.0, (label, sure)) is Action.BLOCK


def test_a_witness_that_is_not_the_pinned_one_clears_nothing() -> None:
    assert witnessed(0.0, ("BUTTOCKS_EXPOSED", 0.6), witness="ab" * 32) is Action.BLOCK


def test_the_witness_alone_is_enough_where_it_is_sure() -> None:
    assert witnessed(0.79) is Action.ALLOW
    assert witnessed(0.8) is Action.BLOCK
    verdict = judge_picture(seen().model_copy(update={"witness": PINNED_WITNESS, "unsafe": 0.9}), SFW)
    assert [reason.matched for reason in verdict.reasons] == ["UNSAFE"]
    assert witnessed(0.9, witness="ab" * 32) is Action.ALLOW


@pytest.mark.parametrize("label", sorted(set(LABELS) - set(NUDITY)))
def test_faces_feet_and_covered_bodies_are_no_nudity(label: str) -> None:
    assert judge_picture(seen((label, 0.99)), SFW).verdict is Action.ALLOW


def test_the_surest_finding_is_named() -> None:
    verdict = judge_picture(seen(("BUTTOCKS_EXPOSED", 0.5), ("ANUS_EXPOSED", 0.9), ("FACE_MALE", 0.95)), SFW)
    assert [reason.matched for reason in verdict.reasons] == ["ANUS_EXPOSED"]


def test_every_label_of_nudity_is_one_the_detectors_know() -> None:
    assert set(NUDITY) <= {*LABELS, *POCKET_LABELS}
