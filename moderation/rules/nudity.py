"""Rule "nudity": pictures in which the detectors see exposed bodies."""

from __future__ import annotations

from typing import NamedTuple

from moderation.findings import PINNED_WITNESS, Findings
from moderation.policy import Policy
from moderation.seen import Seen
from moderation.told import Told
from moderation.verdict import Verdict

RULE = "nudity"


class Threshold(NamedTuple):
    """From which confidence a label counts.

    From `seen` on it counts if the second witness gives the picture at least `witnessed`, or was not asked;
    from `sure` on it counts by itself.
    """

    seen: float
    witnessed: float
    sure: float


NUDITY: dict[str, Threshold] = {
    "FEMALE_GENITALIA_EXPOSED": Threshold(0.3, 0.1, 0.7),
    "MALE_GENITALIA_EXPOSED": Threshold(0.3, 0.1, 0.7),
    "ANUS_EXPOSED": Threshold(0.3, 0.1, 0.7),
    "FEMALE_BREAST_EXPOSED": Threshold(0.35, 0.1, 0.7),
    "BUTTOCKS_EXPOSED": Threshold(0.5, 0.3, 0.9),
    "BARE_TORSO": Threshold(0.12, 0.0, 0.12),
}
"""Labels of the detectors that count as nudity.

The worse a miss, the lower the confidence that is enough: a picture refused by mistake is simply rendered
again. But NudeNet alone takes half of all shaded balls for buttocks (up to 0.86) and farm animals for
genitals (up to 0.54); the witness gives 1,186 innocent pictures at most 0.48, those balls at most 0.33, and
those animals at most 0.06. The pocket world's own detector gave 96 dressed figures, 48 things and 224 more
that were made in few steps less than 0.07, bare figures 0.55 and more, and one that came out badly 0.18.
Faces, feet, bellies, armpits, men's chests and whatever is covered never count.
"""
UNSAFE = 0.8
"""What the witness has to give a picture for it to count as nudity without any label: Yahoo's own limit."""
UNSAFE_LABEL = "UNSAFE"


def of_picture(seen: Seen, policy: Policy) -> Verdict:
    """Judge what was seen under the policy. The member is not blamed: the prompt was judged before."""
    label = surest_nudity(seen.findings)
    if label is None:
        return Verdict()
    return Verdict.of(
        policy.nudity,
        RULE,
        label,
        Told(
            "Nudity is against this channel's policy, and this picture seems to have come out with some. "
            "Nothing is held against you; please try another seed, or ask in a channel that is opened for it."
        ),
    )


def surest_nudity(findings: Findings) -> str | None:
    """Give the label of the surest finding that counts as nudity, UNSAFE_LABEL for none, or None."""
    unsafe = _unsafe(findings)

    def counts(label: str, score: float) -> bool:
        needed = NUDITY.get(label)
        if needed is None or score < needed.seen:
            return False
        return score >= needed.sure or unsafe is None or unsafe >= needed.witnessed

    nude = [finding for finding in findings.found if counts(finding.label, finding.score)]
    if nude:
        return max(nude, key=lambda finding: finding.score).label
    return UNSAFE_LABEL if unsafe is not None and unsafe >= UNSAFE else None


def _unsafe(findings: Findings) -> float | None:
    """Give what the witness said; None if it was not asked, or was not the pinned one."""
    return findings.unsafe if findings.witness == PINNED_WITNESS else None
