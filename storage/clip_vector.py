"""What a CLIP sees in a picture, in numbers, or how much somebody likes each of these."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from storage.values import Travelling

_HALF = "<f2"


class ClipVector(Travelling):
    """What the CLIP of that name tells: half precision, little-endian; base64 in JSON.

    Those of different names cannot be compared.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    clip: str
    values: bytes

    @classmethod
    def of(cls, clip: str, vector: NDArray[np.float32]) -> Self:
        """Write a vector (width,), of which three digits are kept."""
        return cls(clip=clip, values=vector.astype(_HALF).tobytes())

    @property
    def vector(self) -> NDArray[np.float32]:
        """Give the vector (width,); ValueError for bytes that are none."""
        return np.frombuffer(self.values, _HALF).astype(np.float32)
