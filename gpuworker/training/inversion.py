"""Textual inversion: vectors in the place of a word that draw what pictures have in common."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.training.learner import Moments, Weights, adam
from gpuworker.training.lessons import text_of
from gpuworker.training.noising import Noised, mistakes
from gpuworker.training.state import TrainingState

_RATE = 0.01
"""How far a vector turns in the first step, in radians more or less."""
_FROM = 0.7
"""The share of the schedule, from its least noise, from which a subject is learned."""


@dataclass(frozen=True, eq=False)
class Inversion:
    """Learns vectors (n, width), one tensor for each text tower, that begin as `vectors`.

    Each vector keeps its norm, and only its direction is learned, by Adam on the sphere: directional textual
    inversion (arXiv 2512.13672). With plain Adam the loss fell as far, but norms grew from 0.23 to 0.33, and
    what is longer than other tokens outshouts the rest of the prompt.

    What matters most is when a subject is learned: only where there is hardly anything but noise (`_FROM`).
    With less of it a picture shows its colour itself, and a word that is not quite right is best without any.
    Tried on pocket, once each, with a word for a magenta star that began as "purple star", captions of the
    true backgrounds, pictures that were not moved, twice this rate and 60 steps: learned from 0.7 of the
    schedule on, the judge found 8 of 8 stars in new scenes, and their likeness to the examples, as CLIP has
    it, rose from 0.56 to 0.61; from 0.85 on, to 0.63. Learned from 0.3 on, at three times this rate and for
    75 steps, the loss fell from 0.455 to 0.403, yet the stars were red, and 0 of 8 were found; with the
    guided prediction learned in place of the plain one, 2 of 8.

    That is not all: in whole trainings, with moved pictures, words may still lose their kind. So `restrained`
    takes back what is not recognised.
    """

    vectors: Weights
    is_style: bool = False
    """Whether the finest details count, too: lines and textures are what a style is made of."""

    @property
    def first(self) -> float:
        """Give the share of the schedule, from its least noise, of which nothing is learned."""
        return 0.0 if self.is_style else _FROM

    def beginning(self) -> TrainingState:
        """Give the state before the first step."""
        return TrainingState.beginning(self.vectors, squares=tuple(each[:, :1] for each in self.vectors))

    def mistakes(
        self, checkpoint: Checkpoint, around: tuple[str, str], weights: Weights, given: Noised
    ) -> Tensor:
        """Give how wrong the checkpoint is where it is told the vectors between two texts."""
        checkpoint.wear_nothing()
        return mistakes(checkpoint, checkpoint.encode(text_of(around, weights)), given)

    def moved(self, weight: Tensor, gradient: Tensor, moments: Moments, number: int, left: float) -> Tensor:
        """Turn the vectors by the gradient that they have gathered."""
        norm, direction = weight.norm(dim=1, keepdim=True), F.normalize(weight, dim=1)
        # Only what lies along the sphere turns the vector; the rest would make it longer.
        slope = gradient - (gradient * direction).sum(1, keepdim=True) * direction
        if not slope.isfinite().all():
            slope = torch.zeros_like(slope)
        step = adam(slope, slope.square().sum(1, keepdim=True), moments, number)
        turned: Tensor = norm * F.normalize(direction - _RATE * left * step, dim=1)
        return turned

    def file(self, state: TrainingState) -> bytes:
        """Write the best vectors as A1111, ComfyUI and diffusers read them."""
        return state.embedding_file()
