"""Looking at a picture: NudeNet's detector, with weights that are the pinned ones or none at all."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from moderation.findings import PINNED_DETECTOR, Finding, Findings

if TYPE_CHECKING:
    import onnxruntime

LABELS = (
    "FEMALE_GENITALIA_COVERED",
    "FACE_FEMALE",
    "BUTTOCKS_EXPOSED",
    "FEMALE_BREAST_EXPOSED",
    "FEMALE_GENITALIA_EXPOSED",
    "MALE_BREAST_EXPOSED",
    "ANUS_EXPOSED",
    "FEET_EXPOSED",
    "BELLY_COVERED",
    "FEET_COVERED",
    "ARMPITS_COVERED",
    "ARMPITS_EXPOSED",
    "FACE_MALE",
    "BELLY_EXPOSED",
    "MALE_GENITALIA_EXPOSED",
    "ANUS_COVERED",
    "FEMALE_BREAST_COVERED",
    "BUTTOCKS_COVERED",
)
"""What the detector can see, in the order of its outputs."""

_SIDE = 320
_SEEN_FROM = 0.2
"""Confidence below which a detection is noise: nudenet's own limit."""
_SAME_FROM = 0.45
"""Overlap (intersection over union) from which two boxes of one label are one thing: nudenet's own limit."""

_Array = NDArray[np.float32]


class DetectorError(Exception):
    """The detector cannot be used; the message is a sentence that says why and what to do."""


class Detector:
    """NudeNet's detector. One instance serves any number of threads at once."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session: Any = session

    def find(self, image: Image.Image) -> Findings:
        """Look at one picture of any size and mode; of an animation at the frame that is current.

        nudenet's own reader swaps red and blue (github.com/notAI-tech/NudeNet/issues/203), which costs
        confidence, and lets a covered part hide an exposed one where their boxes overlap. This one feeds RGB,
        as YOLO is trained, and compares boxes only within a label.

        Raises whatever the runtime raises when it cannot answer: no findings then, and so no picture.
        """
        (output,) = self._session.run(None, {"images": _as_input(image)})
        return Findings(detector=PINNED_DETECTOR, found=_as_findings(output[0].T, image.size))


def load_detector(weights: Path | None = None) -> Detector:
    """Load the weights that the nudenet package brings, or those at `weights`, if they are the pinned ones.

    Raises `DetectorError` when they are missing, differ from `PINNED_DETECTOR` or cannot be loaded: without a
    detector nothing may be posted, so there is nothing milder to return.
    """
    path = weights or _packaged_weights()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DetectorError(f"The detector's weights {path} cannot be read ({error}). {_REPAIR}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != PINNED_DETECTOR:
        raise DetectorError(
            f"The detector's weights {path} are not the expected ones (SHA-256 {found}, expected "
            f"{PINNED_DETECTOR}). {_REPAIR}"
        )
    try:
        return Detector(_session(content))
    except Exception as error:
        raise DetectorError(f"The detector's weights {path} do not load ({error}). {_REPAIR}") from error


_REPAIR = "Install them again with: pip install --force-reinstall --no-deps nudenet==3.4.2"


def _packaged_weights() -> Path:
    # find_spec, not an import: importing nudenet would load OpenCV, which is not needed here.
    spec = find_spec("nudenet")
    if spec is None or spec.origin is None:
        raise DetectorError(
            f"The package nudenet, which brings the detector's weights, is missing. {_REPAIR}"
        )
    return Path(spec.origin).with_name("320n.onnx")


def _session(weights: bytes) -> onnxruntime.InferenceSession:
    # Imported late, because the bot judges findings without ever looking at a picture. Loaded from the bytes
    # that were checked, because the file may change in between.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread: a picture takes tens of milliseconds, and more would take cores from the sampling.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def _as_input(image: Image.Image) -> _Array:
    """Scale the longer side to 320, keep the proportions, pad with black to the right and below."""
    scale = _SIDE / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    small = np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR))
    batch = np.zeros((1, 3, _SIDE, _SIDE), np.float32)
    batch[0, :, :height, :width] = small.transpose(2, 0, 1) / np.float32(255)
    return batch


def _as_findings(rows: _Array, size: tuple[int, int]) -> tuple[Finding, ...]:
    """Turn rows of (centre x, centre y, width, height, scores of all labels) into findings, surest first."""
    scores = rows[:, 4:]
    row_ids, label_ids = np.nonzero(scores >= _SEEN_FROM)
    candidates = sorted(
        (
            (float(scores[row, label]), int(label), rows[row, :4])
            for row, label in zip(row_ids, label_ids, strict=True)
        ),
        key=lambda candidate: -candidate[0],
    )
    kept: list[tuple[float, int, _Array]] = []
    for score, label, (x, y, width, height) in candidates:
        box = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2], np.float32)
        if all(label != other or _overlap(box, theirs) < _SAME_FROM for _, other, theirs in kept):
            kept.append((score, label, box))
    limits = np.array([*size, *size])
    scale = max(size) / _SIDE
    return tuple(
        Finding(
            label=LABELS[label],
            score=min(score, 1.0),
            box=tuple(int(edge) for edge in np.clip(np.rint(box * scale), 0, limits)),
        )
        for score, label, box in kept
    )


def _overlap(one: _Array, other: _Array) -> float:
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = float(np.prod(np.maximum(sides, 0)))
    both = float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])) - shared
    return shared / both if both > 0 else 0.0
