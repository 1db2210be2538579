"""Yahoo's open_nsfw, a ResNet-50 that says how likely a picture is not safe for work."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from moderation.pinned_onnx import load_pinned

if TYPE_CHECKING:
    import onnxruntime

_SIDE, _CROPPED = 256, 224
_MEAN = np.array([104, 117, 123], np.float32)
"""Of the training pictures: blue, green, red."""


class OpenNsfw:
    """Scores a picture as a whole, where detectors look for parts of bodies (github.com/yahoo/open_nsfw).

    One instance serves any number of threads at once.
    """

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session: Any = session
        self._input = self._session.get_inputs()[0].name

    @classmethod
    def load(cls, path: Path, sha256: str, repair: str) -> OpenNsfw:
        """Load the weights at `path` if they are the pinned ones. Raises `DetectorError`."""
        return cls(load_pinned(path, sha256, repair))

    def score(self, image: Image.Image) -> float:
        """Give the probability, 0 to 1, that a picture of any size and mode is not safe for work.

        Raises whatever the runtime raises when it cannot answer.
        """
        (output,) = self._session.run(None, {self._input: _as_input(image)})
        return float(output[0, 1])


def _as_input(image: Image.Image) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Squeeze to 256 x 256, pass through JPEG as all that the network learned from was, and take the middle.

    Gives float32 (1, 224, 224, 3) in the order blue, green, red, less the mean.
    """
    file = io.BytesIO()
    image.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR).save(file, "JPEG")
    with Image.open(file, formats=("JPEG",)) as squeezed:
        pixels = np.asarray(squeezed.convert("RGB"), np.float32)
    edge = (_SIDE - _CROPPED) // 2
    middle = pixels[edge : edge + _CROPPED, edge : edge + _CROPPED, ::-1]
    return np.ascontiguousarray(middle - _MEAN)[None]
