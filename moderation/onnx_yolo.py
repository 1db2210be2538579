"""A YOLO detector in ONNX, which loads its pinned weights or nothing at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from moderation.findings import Finding
from moderation.pinned_onnx import load_pinned

if TYPE_CHECKING:
    import onnxruntime

SEEN_FROM = 0.2
"""Confidence below which a detection is noise: the limit that nudenet uses."""
_SAME_FROM = 0.45
"""Overlap (intersection over union) from which two boxes of one label are one thing: the limit that nudenet
uses."""

_Array = NDArray[np.float32]


class OnnxYolo:
    """A YOLO whose input is `images`, float32 (1, 3, side, side) in [0, 1], and which gives one output:
    (1, 4 + labels, N), for N boxes the centre, width and height in pixels and the confidence of each label.

    One instance serves any number of threads at once.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        labels: Sequence[str],
        side: int,
        seen_from: float = SEEN_FROM,
    ) -> None:
        self._session: Any = session
        self._labels, self._side, self._seen_from = labels, side, seen_from

    @classmethod
    def load(
        cls,
        path: Path,
        sha256: str,
        labels: Sequence[str],
        side: int,
        repair: str,
        seen_from: float = SEEN_FROM,
    ) -> OnnxYolo:
        """Load the weights at `path` if they are the pinned ones. Raises `DetectorError`.

        What is seen with less confidence than `seen_from` is noise.
        """
        return cls(load_pinned(path, sha256, repair), labels, side, seen_from)

    def find(self, image: Image.Image) -> tuple[Finding, ...]:
        """Find what is in a picture of any size and mode, surest first. An animation shows its current frame.

        Raises whatever the runtime raises when it cannot answer: no findings then, and so no picture.
        """
        (output,) = self._session.run(None, {"images": _as_input(image, self._side)})
        return self._as_findings(output[0].T, image.size)

    def _as_findings(self, rows: _Array, size: tuple[int, int]) -> tuple[Finding, ...]:
        """Turn rows of (centre x, centre y, width, height, scores of all labels) into findings."""
        scores = rows[:, 4:]
        row_ids, label_ids = np.nonzero(scores >= self._seen_from)
        candidates = sorted(
            (
                (float(scores[row, label]), int(label), rows[row, :4])
                for row, label in zip(row_ids, label_ids, strict=True)
            ),
            key=lambda candidate: -candidate[0],
        )
        chosen: list[tuple[float, int, _Array]] = []
        for score, label, (x, y, width, height) in candidates:
            box = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2], np.float32)
            if all(label != other or _overlap(box, theirs) < _SAME_FROM for _, other, theirs in chosen):
                chosen.append((score, label, box))
        limits = np.array([*size, *size])
        scale = max(size) / self._side
        return tuple(
            Finding(
                label=self._labels[label],
                score=min(score, 1.0),
                box=tuple(int(edge) for edge in np.clip(np.rint(box * scale), 0, limits)),
            )
            for score, label, box in chosen
        )


def _as_input(image: Image.Image, side: int) -> _Array:
    """Scale the longer side to the input's, keep the proportions, pad with black to the right and below."""
    scale = side / max(image.size)
    width, height = (max(1, round(edge * scale)) for edge in image.size)
    small = np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR))
    batch = np.zeros((1, 3, side, side), np.float32)
    batch[0, :, :height, :width] = small.transpose(2, 0, 1) / np.float32(255)
    return batch


def _overlap(one: _Array, other: _Array) -> float:
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = float(np.prod(np.maximum(sides, 0)))
    both = float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])) - shared
    return shared / both if both > 0 else 0.0
