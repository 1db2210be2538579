"""Rule "nudity": pictures in which the detectors see exposed bodies."""

from __future__ import annotations

import math

from moderation.findings import Findings
from moderation.policy import Policy
from moderation.seen import Seen
from moderation.told import Told
from moderation.verdict import Verdict

NUDITY: dict[str, float] = {
    "FEMALE_GENITALIA_EXPOSED": 0.3,
    "MALE_GENITALIA_EXPOSED": 0.3,
    "ANUS_EXPOSED": 0.3,
    "FEMALE_BREAST_EXPOSED": 0.35,
    "BUTTOCKS_EXPOSED": 0.5,
    "BARE_TORSO": 0.4,
}
"""Labels of the detectors that count as nudity, and the confidence from which they do.

The worse a miss, the lower the confidence that is enough: a picture refused by mistake is simply rendered
again. But plain balls are taken for buttocks (15 of 900 drawn scenes, confidence 0.22 to 0.47). Faces, feet,
bellies, armpits, men's chests and whatever is covered never count.
"""


def of_picture(seen: Seen, policy: Policy) -> Verdict:
    """Judge what was seen under the policy. The member is not blamed: the prompt was judged before."""
    label = surest_nudity(seen.findings)
    if label is None:
        return Verdict()
    return Verdict.of(
        policy.nudity,
        "nudity",
        label,
        Told(
            "Nudity is against this channel's policy, and this picture seems to have come out with some. "
            "Nothing is held against you; please try another seed, or ask in a channel that is opened for it."
        ),
    )


def surest_nudity(findings: Findings) -> str | None:
    """Give the label of the surest finding that counts as nudity, or None."""
    nude = [finding for finding in findings.found if finding.score >= NUDITY.get(finding.label, math.inf)]
    return max(nude, key=lambda finding: finding.score).label if nude else None
