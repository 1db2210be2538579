"""Several detectors that look together: one of people, one of faces and one of hands see a whole figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PIL import Image

    from gpuworker.models.yolo import Found


class Finder(Protocol):
    """What finds labelled things in pictures, as `gpuworker.models.yolo.Yolo` does."""

    @property
    def names(self) -> Sequence[str]:
        """List the labels."""

    def find(self, pictures: Sequence[Image.Image], score: float, overlap: float) -> list[list[Found]]:
        """Find what is in each picture."""


@dataclass(frozen=True)
class Joint:
    """Finders that are asked one after the other; each keeps to its own labels."""

    finders: Sequence[Finder]

    @property
    def names(self) -> tuple[str, ...]:
        """List the labels of all."""
        return tuple(dict.fromkeys(name for finder in self.finders for name in finder.names))

    def find(self, pictures: Sequence[Image.Image], score: float, overlap: float) -> list[list[Found]]:
        """Give for each picture what all of them found, the surest first."""
        each = [finder.find(pictures, score, overlap) for finder in self.finders]
        return [
            sorted((found for some in of_one for found in some), key=lambda found: -found.score)
            for of_one in zip(*each, strict=True)
        ]
