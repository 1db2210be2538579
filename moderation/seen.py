"""What the rules know of a picture."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.findings import Findings
from moderation.said import Said


@dataclass(frozen=True)
class Seen:
    """What the detectors found in a picture that `checkpoint` made from what was `said`.

    `checkpoint` is "" if it is not known.
    """

    findings: Findings
    said: Said
    checkpoint: str = ""
