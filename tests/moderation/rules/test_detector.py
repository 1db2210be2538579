from __future__ import annotations

import pytest

from moderation.findings import PINNED_DETECTOR, PINNED_POCKET_DETECTOR
from moderation.judge import judge_picture
from moderation.policy import NSFW, SFW, Policy
from moderation.verdict import Action
from tests.moderation.support import seen


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
