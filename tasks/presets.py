"""The words that members choose from, and the numbers behind them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.jobs import MAX_PICTURES, Imagine, Sampling
from storage.noise import Noise, new_seed
from storage.samplers import Sampler
from storage.starts import AnyStart
from storage.weighting import Weighting
from tasks.size import size_like


@dataclass(frozen=True, slots=True)
class Effort:
    """What a quality costs: denoising steps, and the sampler that makes the most of them."""

    steps: int
    sampler: Sampler


class Quality(StrEnum):
    """How much time to spend on a picture."""

    DRAFT = "draft"
    STANDARD = "standard"
    FINE = "fine"

    @property
    def effort(self) -> Effort:
        """Give its steps and sampler."""
        return _EFFORTS[self]


_EFFORTS = {
    Quality.DRAFT: Effort(10, Sampler.DPMPP_2M_KARRAS),
    Quality.STANDARD: Effort(20, Sampler.DPMPP_2M_KARRAS),
    Quality.FINE: Effort(40, Sampler.DPMPP_2M_KARRAS),
}


class Imagination(StrEnum):
    """How freely the model reads the words: the guidance scale, in words."""

    WILD = "wild"
    FREE = "free"
    BALANCED = "balanced"
    FAITHFUL = "faithful"
    LITERAL = "literal"

    @property
    def guidance_scale(self) -> float:
        """Give the weight of the prompt against no prompt (classifier-free guidance, arXiv 2207.12598)."""
        return _GUIDANCE[self]


_GUIDANCE = {
    Imagination.WILD: 2.0,
    Imagination.FREE: 3.0,
    Imagination.BALANCED: 4.5,
    Imagination.FAITHFUL: 7.0,
    Imagination.LITERAL: 10.0,
}


def guidance_chosen(like: Sampling) -> float:
    """Give the guidance scale that a member chose for a picture; the balanced one if its kind had its own."""
    if like.start is not None and like.start.has_own_guidance:
        return Imagination.BALANCED.guidance_scale
    return like.guidance_scale


class Distance(StrEnum):
    """How far a variation goes from its picture."""

    SUBTLE = "subtle"
    STRONG = "strong"

    @property
    def strength(self) -> float:
        """Give the share of the way from the picture's noise to fresh noise."""
        return {Distance.SUBTLE: 0.2, Distance.STRONG: 0.6}[self]


def usual_task(
    prompt: str,
    shape: tuple[int, int],
    side: int,
    start: AnyStart | None = None,
    weighting: Weighting = Weighting.DARKROOM,
) -> Imagine:
    """Build what `/imagine` makes of a prompt and nothing else: four pictures with the usual settings.

    They have the shape of a picture of that width and height, on a checkpoint trained on `side` pixels.
    """
    width, height = size_like(*shape, side)
    effort = Quality.STANDARD.effort
    return Imagine(
        prompt=prompt,
        width=width,
        height=height,
        steps=effort.steps,
        sampler=effort.sampler,
        guidance_scale=Imagination.BALANCED.guidance_scale,
        weighting=weighting,
        noises=tuple(Noise(seed=new_seed()) for _ in range(MAX_PICTURES)),
        start=start,
    )
