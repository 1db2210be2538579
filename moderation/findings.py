"""What a detector saw in a picture, before any policy is applied to it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

PINNED_DETECTOR = "c15d8273adad2d0a92f014cc69ab2d6c311a06777a55545f2c4eb46f51911f0f"
"""SHA-256 of `320n.onnx` in nudenet 3.4.2, a YOLOv8n. Findings of any other detector do not count."""


class Finding(BaseModel):
    """One thing a detector saw: label, confidence in 0..1, box (left, top, right, bottom) in pixels."""

    model_config = ConfigDict(frozen=True)

    label: str
    score: float
    box: tuple[int, int, int, int]


class Findings(BaseModel):
    """All that was seen in one picture, and by which detector.

    `detector` is the SHA-256 of the detector's weights: a verdict is only as good as the eyes behind it, so
    whoever applies a policy again later can insist on the pinned ones.
    """

    model_config = ConfigDict(frozen=True)

    detector: str
    found: tuple[Finding, ...] = ()
