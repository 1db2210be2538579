"""The job of enlarging a picture with detail that an upscaler cannot know."""

from __future__ import annotations

from storage.detail import Detail
from storage.jobs import Sampling, Upscale
from storage.served import Usual
from tasks.presets import Imagination, Quality

STRENGTH = 0.3
"""GOBIG's: a higher one adds new things to a picture rather than detail to what it shows."""


def with_detail(
    task: Upscale,
    like: Sampling | None,
    side: int,
    seed: int,
    strength: float = STRENGTH,
    usual: Usual | None = None,
) -> Upscale:
    """Build the task of enlarging a picture and drawing detail over it, sampled `like` the picture.

    `side` is what the checkpoint was trained on, and `usual` what suits it. What is in a tile follows from
    the picture more than from words, so words have little weight.
    """
    usual = usual or Usual()
    effort = Quality.STANDARD.effort_with(usual)
    wild = min(Imagination.WILD.guidance_scale, Imagination.BALANCED.guidance_with(usual))
    detail = Detail(
        side=side,
        strength=strength,
        sampler=like.sampler if like else effort.sampler,
        guidance_scale=min(wild, like.guidance_scale) if like else wild,
        seed=seed,
    )
    steps = task.steps if like or usual.steps is None else effort.steps
    return task.model_copy(update={"detail": detail, "steps": steps})
