"""The nudity detectors: NudeNet's looks at every picture, the pocket one also at those of its own world."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from moderation.findings import (
    PINNED_DETECTOR,
    PINNED_POCKET_DETECTOR,
    Findings,
    is_of_pocket_world,
)
from moderation.onnx_yolo import DetectorError, OnnxYolo

__all__ = ["LABELS", "POCKET_LABELS", "Detector", "DetectorError", "load_detector"]

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
"""What NudeNet's detector can see, in the order of its outputs."""
POCKET_LABELS = ("BARE_TORSO",)
"""What the pocket detector can see; a figure of the pocket world has nothing else to bare."""
_SIDE, _POCKET_SIDE = 320, 128
_BARE = Path(__file__).parent / "data" / "bare.onnx"
_REPAIR = "Install them again with: pip install --force-reinstall --no-deps nudenet==3.4.2"
_POCKET_REPAIR = "Install Darkroom again."


class Detector:
    """NudeNet's detector and the pocket world's. One instance serves any number of threads at once."""

    def __init__(self, nudenet: OnnxYolo, pocket: OnnxYolo) -> None:
        self._nudenet, self._pocket = nudenet, pocket

    def find(self, image: Image.Image, checkpoint: str = "") -> Findings:
        """Look at one picture of any size and mode; in an animation, at its current frame.

        `checkpoint` is the name of what made it, if that is known. nudenet's own reader swaps red and blue
        (github.com/notAI-tech/NudeNet/issues/203), which costs confidence, and lets a covered part hide an
        exposed one where their boxes overlap. This one feeds RGB, as YOLO is trained, and compares boxes only
        within a label.

        Raises whatever the runtime raises when it cannot answer: without findings, no picture is shown.
        """
        found = self._nudenet.find(image)
        if not is_of_pocket_world(checkpoint):
            return Findings(detector=PINNED_DETECTOR, found=found)
        return Findings(
            detector=PINNED_DETECTOR,
            pocket_detector=PINNED_POCKET_DETECTOR,
            found=found + self._pocket.find(image),
        )


def load_detector(weights: Path | None = None, pocket_weights: Path = _BARE) -> Detector:
    """Load the weights that nudenet and this package bring, or other files, if they are the pinned ones.

    Raises `DetectorError` when any are missing, differ from what is pinned or cannot be loaded.
    """
    return Detector(
        OnnxYolo.load(weights or _packaged_weights(), PINNED_DETECTOR, LABELS, _SIDE, _REPAIR),
        OnnxYolo.load(pocket_weights, PINNED_POCKET_DETECTOR, POCKET_LABELS, _POCKET_SIDE, _POCKET_REPAIR),
    )


def _packaged_weights() -> Path:
    # find_spec, not an import: importing nudenet would load OpenCV, which is not needed here.
    spec = find_spec("nudenet")
    if spec is None or spec.origin is None:
        raise DetectorError(
            f"The package nudenet, which brings the detector's weights, is missing. {_REPAIR}"
        )
    return Path(spec.origin).with_name("320n.onnx")
