"""The words that members choose from, and the numbers behind them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.jobs import Imagine, Sampling
from storage.noise import Noise, new_seed
from storage.plain_task import MAX_PICTURES
from storage.samplers import Sampler
from storage.served import Usual
from storage.starts import AnyStart
from storage.weighting import Weighting
from tasks.size import size_like


@dataclass(frozen=True, slots=True)
class Effort:
    """What a quality costs: denoising steps, and the sampler that makes the most of them."""

    steps: int
    sampler: Sampler


_FEWEST = 4
_MOST_STEPS, _MOST_GUIDANCE = 150, 30.0


class Quality(StrEnum):
    """How much time to spend on a picture."""

    DRAFT = "draft"
    STANDARD = "standard"
    FINE = "fine"

    @property
    def effort(self) -> Effort:
        """Give its steps and sampler."""
        return _EFFORTS[self]

    def effort_with(self, usual: Usual) -> Effort:
        """Give its steps and sampler for a checkpoint that is `usual`ly drawn with otherwise.

        Checkpoints of a few steps need these few even for a draft.
        """
        effort = self.effort
        steps = effort.steps
        if usual.steps is not None:
            share = effort.steps / Quality.STANDARD.effort.steps
            steps = max(1, min(usual.steps, _FEWEST), min(_MOST_STEPS, round(usual.steps * share)))
        return Effort(steps, usual.sampler or effort.sampler)


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

    def guidance_with(self, usual: Usual) -> float:
        """Give the guidance scale for a checkpoint that is `usual`ly drawn with otherwise.

        The words keep their order around what is usual there; where that is none, 1, all of them are.
        """
        if usual.guidance_scale is None:
            return self.guidance_scale
        share = (usual.guidance_scale - 1) / (Imagination.BALANCED.guidance_scale - 1)
        return min(_MOST_GUIDANCE, round(1 + (self.guidance_scale - 1) * share, 2))


_GUIDANCE = {
    Imagination.WILD: 2.0,
    Imagination.FREE: 3.0,
    Imagination.BALANCED: 4.5,
    Imagination.FAITHFUL: 7.0,
    Imagination.LITERAL: 10.0,
}


def as_usual(like: Sampling, quality: Quality, usual: Usual) -> Sampling:
    """Give a sampling with the steps, sampler and balanced guidance that suit a checkpoint."""
    effort = quality.effort_with(usual)
    guidance_scale = Imagination.BALANCED.guidance_with(usual)
    changed = {"steps": effort.steps, "sampler": effort.sampler, "guidance_scale": guidance_scale}
    return like.model_copy(update=changed)


def guidance_chosen(like: Sampling) -> float:
    """Give the guidance scale that a member chose for a picture; the balanced one if its kind had its own."""
    # Below the least that words stand for, the checkpoint asks for it.
    is_words = like.guidance_scale >= Imagination.WILD.guidance_scale
    if like.start is not None and like.start.has_own_guidance and is_words:
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
    usual: Usual | None = None,
) -> Imagine:
    """Build what `/imagine` makes of a prompt and nothing else: four pictures with the usual settings.

    They have the shape of a picture of that width and height, on a checkpoint trained on `side` pixels and
    drawn with as `usual`.
    """
    width, height = size_like(*shape, side)
    usual = usual or Usual()
    effort = Quality.STANDARD.effort_with(usual)
    return Imagine(
        prompt=prompt,
        width=width,
        height=height,
        steps=effort.steps,
        sampler=effort.sampler,
        guidance_scale=Imagination.BALANCED.guidance_with(usual),
        weighting=weighting,
        noises=tuple(Noise(seed=new_seed()) for _ in range(MAX_PICTURES)),
        start=start,
    )
