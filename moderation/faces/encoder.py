"""What finds faces and describes each by numbers that are near for the same face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Descriptor = NDArray[np.float32]
"""Numbers of one face, float32 (dimensions,). Faces are as alike as their descriptors are near (Euclid)."""


@dataclass(frozen=True)
class Face:
    """A face, its box (left, top, right, bottom) in pixels, and its descriptor by one encoder."""

    box: tuple[int, int, int, int]
    descriptor: Descriptor


class FaceEncoder(Protocol):
    """Finds faces in pictures of its kind. One instance serves any number of threads."""

    @property
    def name(self) -> str:
        """Give the name and version: descriptors of two encoders are never compared."""

    @property
    def same_within(self) -> float:
        """Give the distance within which two descriptors are of the same face."""

    @property
    def dimensions(self) -> int:
        """Give how many numbers a descriptor has."""

    def find(self, image: Image.Image) -> tuple[Face, ...]:
        """Find the faces in a picture of any size and mode; none, where there are none."""
