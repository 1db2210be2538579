from __future__ import annotations

import pytest

from moderation.findings import PINNED_DETECTOR, PINNED_POCKET_DETECTOR, Finding, Findings
from moderation.judge import NUDITY, judge_picture
from moderation.pictures import LABELS, POCKET_LABELS
from moderation.policy import NSFW, SFW, Policy
from moderation.verdict import Action


def seen(*found: tuple[str, float], detector: str = PINNED_DETECTOR) -> Findings:
    return Findings(
        detector=detector,
        found=tuple(Finding(label=label, score=score, box=(0, 0, 8, 8)) for label, score in found),
    )


def test_nothing_seen_is_allowed() -> None:
    assert judge_picture(seen(), SFW).verdict is Action.ALLOW


@pytest.mark.parametrize("label", NUDITY)
def test_nudity_is_as_the_policy_has_it(label: str) -> None:
    enough, too_little = seen((label, NUDITY[label])), seen((label, NUDITY[label] - 0.01))
    blocked = judge_picture(enough, SFW)
    assert (blocked.verdict, blocked.reasons[0].rule, blocked.reasons[0].matched) == (
        Action.BLOCK,
        "nudity",
        label,
    )
    assert judge_picture(enough, Policy(nudity=Action.WARN)).verdict is Action.WARN
    assert judge_picture(enough, NSFW).verdict is Action.ALLOW
    assert judge_picture(too_little, SFW).verdict is Action.ALLOW


@pytest.mark.parametrize("label", sorted(set(LABELS) - set(NUDITY)))
def test_faces_feet_and_covered_bodies_are_no_nudity(label: str) -> None:
    assert judge_picture(seen((label, 0.99)), SFW).verdict is Action.ALLOW


def test_the_surest_finding_is_named() -> None:
    verdict = judge_picture(seen(("BUTTOCKS_EXPOSED", 0.5), ("ANUS_EXPOSED", 0.9), ("FACE_MALE", 0.95)), SFW)
    assert [reason.matched for reason in verdict.reasons] == ["ANUS_EXPOSED"]


def test_every_label_of_nudity_is_one_the_detectors_know() -> None:
    assert set(NUDITY) <= {*LABELS, *POCKET_LABELS}


@pytest.mark.parametrize("detector", ["", "0" * 64, PINNED_DETECTOR.upper()])
@pytest.mark.parametrize("policy", [SFW, NSFW], ids=["sfw", "nsfw"])
def test_findings_of_another_detector_are_blocked(detector: str, policy: Policy) -> None:
    verdict = judge_picture(seen(detector=detector), policy)
    assert verdict.blocked
    assert verdict.reasons[0].rule == "detector"


@pytest.mark.parametrize("checkpoint", ["pocket", "pocket-2", "pocket-xl"])
@pytest.mark.parametrize(
    ("pocket_detector", "matched"),
    [(None, "none"), (PINNED_DETECTOR, PINNED_DETECTOR)],
    ids=["none", "another"],
)
def test_a_picture_of_the_pocket_world_needs_the_pocket_detector(
    checkpoint: str, pocket_detector: str | None, matched: str
) -> None:
    unseen = seen().model_copy(update={"pocket_detector": pocket_detector})
    verdict = judge_picture(unseen, NSFW, checkpoint=checkpoint)
    assert verdict.blocked
    assert (verdict.reasons[0].rule, verdict.reasons[0].matched) == ("detector", matched)
    by_both = seen().model_copy(update={"pocket_detector": PINNED_POCKET_DETECTOR})
    assert judge_picture(by_both, SFW, checkpoint=checkpoint).verdict is Action.ALLOW


@pytest.mark.parametrize("checkpoint", ["", "sd-1-5", "pockets", "my-pocket"])
def test_other_pictures_do_not(checkpoint: str) -> None:
    assert judge_picture(seen(), SFW, checkpoint=checkpoint).verdict is Action.ALLOW


@pytest.mark.parametrize("prompt", ["a toddler at the beach", "a boy, 12 years old", "ein kleines Mädchen"])
def test_nudity_and_minors_are_blocked_in_every_policy(prompt: str) -> None:
    verdict = judge_picture(seen(("FEMALE_BREAST_EXPOSED", 0.5)), NSFW, prompt=prompt)
    assert verdict.blocked
    assert verdict.reasons[0].rule == "minors"
    assert judge_picture(seen(("FACE_FEMALE", 0.9)), NSFW, prompt=prompt).verdict is Action.ALLOW
