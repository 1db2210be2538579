"""The job of making a picture larger with more in it than an upscaler knows."""

from __future__ import annotations

from storage.jobs import Detail, Sampling, Upscale
from tasks.presets import Imagination, Quality

STRENGTH = 0.3
"""As GOBIG has it: more of it and there are new things in a picture, not more of those that it shows."""


def with_detail(
    task: Upscale, like: Sampling | None, side: int, seed: int, strength: float = STRENGTH
) -> Upscale:
    """Build the task of making a picture larger, and of drawing detail over it, sampled `like` the picture.

    `side` is what the checkpoint was trained on. What is in a tile follows from the picture more than from
    words, so words have little weight.
    """
    wild = Imagination.WILD.guidance_scale
    detail = Detail(
        side=side,
        strength=strength,
        sampler=like.sampler if like else Quality.STANDARD.effort.sampler,
        guidance_scale=min(wild, like.guidance_scale) if like else wild,
        seed=seed,
    )
    return task.model_copy(update={"detail": detail})
