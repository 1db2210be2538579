"""What a training learns, and how it moves: the loop around it is the same for every kind of weights."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.training.noising import Noised
from gpuworker.training.state import TrainingState

MEAN, SQUARE = 0.9, 0.99
"""How much of Adam's two moments is left after a step (Kingma and Ba, arXiv 1412.6980)."""
Weights = tuple[Tensor, ...]
Moments = tuple[Tensor, Tensor]
"""The means of a weight's gradients and of their squares, which are changed in place."""


class Learner(Protocol):
    """One kind of weights that are learned beside a checkpoint's own, such as the vectors of a word."""

    @property
    def first(self) -> float:
        """Give the share of the schedule, from its least noise, of which nothing is learned: 0 to 1."""

    def mistakes(
        self, checkpoint: Checkpoint, around: tuple[str, str], weights: Weights, given: Noised
    ) -> Tensor:
        """Give the squared errors of what a checkpoint with the weights predicts, as `noising.mistakes`.

        `around` are the words before and after what is learned.
        """

    def moved(self, weight: Tensor, gradient: Tensor, moments: Moments, number: int, left: float) -> Tensor:
        """Give a weight after the step of a `number`, from 1; `left` is its share of the first one's length.

        The moments take the gradient in.
        """

    def beginning(self) -> TrainingState:
        """Give the state before the first step."""

    def file(self, state: TrainingState) -> bytes:
        """Write the best weights as a safetensors file that other programs read."""


def adam(slope: Tensor, squared: Tensor, moments: Moments, number: int) -> Tensor:
    """Give the direction of Adam's step of that number, from 1; the moments take in what is given."""
    mean, square = moments
    mean.mul_(MEAN).add_(slope, alpha=1 - MEAN)
    square.mul_(SQUARE).add_(squared, alpha=1 - SQUARE)
    return (mean / (1 - MEAN**number)) / ((square / (1 - SQUARE**number)).sqrt() + 1e-12)
