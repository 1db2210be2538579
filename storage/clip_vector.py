"""A vector in the space of a CLIP: what it sees in a picture, or what somebody likes."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from storage.values import Travelling

_HALF = "<f2"


class ClipVector(Travelling):
    """A vector of the CLIP of that name among the models: half precision, little-endian; base64 in JSON."""

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
