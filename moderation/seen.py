"""What is known of a picture when the rules judge it."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.findings import Findings
from moderation.said import Said


@dataclass(frozen=True)
class Seen:
    """What the detectors found in a picture that `checkpoint` made of what was `said`.

    `checkpoint` is "" where nobody knows it.
    """

    findings: Findings
    said: Said
    checkpoint: str = ""
