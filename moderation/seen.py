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


MOST_LINES = 30
"""Lines that are read in one picture."""


@dataclass(frozen=True)
class Written:
    """What is written in a picture: its lines from the top, and whether there are more than are read."""

    lines: tuple[str, ...] = ()
    has_more: bool = False

    @property
    def text(self) -> str:
        """Give the lines as one text: a name may go on in the next."""
        return " ".join(self.lines)


NOTHING = Written()


@dataclass(frozen=True)
class Seen:
    """What the detectors found in a picture that `checkpoint` made from what was `said`.

    `checkpoint` is "" if it is not known; `known` are the faces that the gallery of the place knows, and
    `written` is what can be read in the picture. `of_somebody` says that it goes back to a picture that shows
    somebody's face and that was not made here.
    """

    findings: Findings
    said: Said
    checkpoint: str = ""
    known: tuple[KnownFace, ...] = ()
    written: Written = NOTHING
    of_somebody: bool = False
