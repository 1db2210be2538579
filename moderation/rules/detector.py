"""Rule "detector": pictures that were not checked by the pinned detectors."""

from __future__ import annotations

from moderation.findings import PINNED_DETECTOR, PINNED_POCKET_DETECTOR, is_of_pocket_world
from moderation.policy import Policy
from moderation.seen import Seen
from moderation.told import Told
from moderation.verdict import Action, Verdict


def of_picture(seen: Seen, policy: Policy) -> Verdict:
    """Block findings of other detectors than the pinned ones, or not of all that such a picture needs.

    This rule comes first and is the same in every policy: no other rule can trust such findings.
    """
    stranger = _stranger(seen)
    if stranger is None:
        return Verdict()
    return Verdict.of(
        Action.BLOCK,
        "detector",
        stranger,
        Told(
            "This picture was not checked by the detectors that this server trusts, so it cannot be shown. "
            "Please tell the people who run the bot."
        ),
    )


def _stranger(seen: Seen) -> str | None:
    """Give the detector that is not the pinned one; "none" if it is missing."""
    findings = seen.findings
    if findings.detector != PINNED_DETECTOR:
        return findings.detector
    if is_of_pocket_world(seen.checkpoint) and findings.pocket_detector != PINNED_POCKET_DETECTOR:
        return findings.pocket_detector or "none"
    return None
