"""Faces of the pocket world, which are drawn: one small network finds them, another tells their traits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from moderation.faces.encoder import Face
from moderation.manifest import pinned
from moderation.pinned_onnx import load_pinned

FINDER = Path(__file__).parents[1] / "data" / "drawn_faces.onnx"
TELLER = FINDER.with_name("drawn_traits.onnx")
_PINNED_FINDER, _PINNED_TELLER = (pinned(f"moderation/data/{file.name}") for file in (FINDER, TELLER))
_REPAIR = "Install Darkroom again."
_SIDE, _LONGEST = 128, 512
"""Pixels that the shorter side is scaled to, and what the longer one may have then."""
_STEP, _CELL = 16, 4
_THERE_FROM = 0.3
"""How sure it must be that a face is there, 0 to 1."""
_MOST = 12
_AROUND = 1.8
"""How many times as wide as a face is the square around it that shows its hair."""
_CROP_SIDE = 32


class DrawnFaces:
    """What `python -m pocket.faces.train` trains. It has no names in it: a descriptor has traits of a face.

    They are the colours of skin, hair and glasses, and chances of each kind of hair and beard, of glasses and
    of an eyepatch.
    """

    name = "drawn-2"
    same_within = 0.4
    dimensions = 20

    def __init__(self, finder: Any, teller: Any) -> None:
        self._finder, self._teller = finder, teller

    @classmethod
    def load(cls) -> DrawnFaces:
        """Load the pinned weights. Raises DetectorError."""
        return cls(load_pinned(FINDER, _PINNED_FINDER, _REPAIR), load_pinned(TELLER, _PINNED_TELLER, _REPAIR))

    def find(self, image: Image.Image) -> tuple[Face, ...]:
        """Find the faces, surest first. Raises whatever the runtime raises when it cannot answer."""
        scale = min(_SIDE / min(image.size), _LONGEST / max(image.size))
        width, height = (max(1, round(edge * scale)) for edge in image.size)
        small = image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
        batch = np.zeros((1, 3, _up(height), _up(width)), np.float32)
        batch[0, :, :height, :width] = _numbers(small)
        (output,) = self._finder.run(None, {"images": batch})
        faces = []
        for box in _boxes(output[0]):
            crop = small.crop(around(box)).resize((_CROP_SIDE, _CROP_SIDE), Image.Resampling.BILINEAR)
            (described,) = self._teller.run(None, {"images": _numbers(crop)[None]})
            edges = np.clip(np.rint(np.array(box) / scale), 0, [*image.size, *image.size])
            left, top, right, bottom = edges.astype(int).tolist()
            faces.append(Face((left, top, right, bottom), described[0]))
        return tuple(faces)


def around(box: tuple[int, int, int, int], margin: float = 1.0) -> tuple[int, int, int, int]:
    """Give the square around a face, or one `margin` times as wide; it may reach over the picture's edges."""
    left, top, right, bottom = box
    half = max(right - left, bottom - top) * _AROUND * margin / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    return round(x - half), round(y - half), round(x + half), round(y + half)


def _numbers(image: Image.Image) -> NDArray[np.float32]:
    return (np.asarray(image).transpose(2, 0, 1) / np.float32(255)).astype(np.float32)


def _up(edge: int) -> int:
    return -(-edge // _STEP) * _STEP


def _boxes(maps: NDArray[np.float32]) -> list[tuple[int, int, int, int]]:
    """Read boxes off maps (3, rows, columns): of cells that are surer than those around; none in another."""
    there = maps[0]
    around_it = np.pad(there, 1)
    rows, columns = there.shape
    highest = np.max([around_it[y : y + rows, x : x + columns] for y in range(3) for x in range(3)], axis=0)
    peaks = np.argwhere((there >= _THERE_FROM) & (there == highest))
    boxes: list[tuple[int, int, int, int]] = []
    for row, column in sorted(peaks.tolist(), key=lambda at: -there[at[0], at[1]])[:_MOST]:
        wide, high = (float(extent) for extent in maps[1:, row, column])
        x, y = (column + 0.5) * _CELL, (row + 0.5) * _CELL
        if not any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes):
            boxes.append((round(x - wide / 2), round(y - high / 2), round(x + wide / 2), round(y + high / 2)))
    return boxes
