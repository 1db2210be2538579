"""What the rules know of a picture."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.findings import Findings
from moderation.said import Said


@dataclass(frozen=True)
class KnownFace:
    """A face of the gallery: whose it is, and its box (left, top, right, bottom) in pixels."""

    name: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Seen:
    """What the detectors found in a picture that `checkpoint` made from what was `said`.

    `checkpoint` is "" if it is not known; `known` are the faces that the gallery of the place knows.
    """

    findings: Findings
    said: Said
    checkpoint: str = ""
    known: tuple[KnownFace, ...] = ()
