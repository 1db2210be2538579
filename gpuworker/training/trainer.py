"""Textual inversion: finds vectors with which a checkpoint draws what pictures have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.training.lessons import Lesson, text_of
from gpuworker.training.noising import mistakes, moments, noised
from gpuworker.training.state import TrainingState

ROWS = 4
"""Noised pictures of one slice; they share a caption, so that the text towers are run once for them."""
_SLICES = 2
"""Slices, each of another picture, to a step of the optimiser."""
_RATE = 0.01
"""How far a vector turns in the first step, in radians more or less; it falls to nothing until the last."""
_FROM = 0.7
"""The share of the schedule, from its least noise, from which a subject is learned."""
_MEAN, _SQUARE = 0.9, 0.99
_SCALED = 1024.0
"""Gradients are so many times as large on their way, or they would vanish in half precision."""
_LOOKS = 8
"""Times that it is looked how well the vectors fit, after the first before anything is learned."""


@dataclass(frozen=True, eq=False)
class Trainer:
    """Makes the steps of one training, on whatever thread has the device.

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

    Without more weight on the subject than on what is around it, words drift to whatever else has its colour.

    How well the vectors fit is looked at now and then with the same noises, and those that fitted best are
    kept.

    Of a step everything that is drawn by lot follows from `seed` and its number, so that a training that is
    taken up by another worker goes on as it would have.
    """

    lessons: Sequence[Lesson]
    state: TrainingState
    steps: int
    seed: int
    is_style: bool = False
    """Whether the finest details count, too: lines and textures are what a style is made of."""

    @property
    def done(self) -> bool:
        """Tell whether all steps are made, and the last vectors judged."""
        return self.state.step >= self.steps and not self._look_is_due

    @property
    def _look_is_due(self) -> bool:
        looks = len(self.state.fits)
        return looks <= _LOOKS and self.state.step >= self.steps * looks // _LOOKS

    def step(self, checkpoint: Checkpoint) -> Iterator[Callable[[], None]]:
        """Make one step, or look how well the vectors fit, in slices shorter than others want to wait for.

        The state changes with the last of them. Raises `torch.OutOfMemoryError`.
        """
        return self._look(checkpoint) if self._look_is_due else self._learn(checkpoint)

    def _learn(self, checkpoint: Checkpoint) -> Iterator[Callable[[], None]]:
        lots = torch.Generator().manual_seed(self.seed * 1_000_003 + self.state.step)
        vectors = tuple(each.detach().clone().requires_grad_() for each in self.state.vectors)
        timesteps = moments(checkpoint, ROWS * _SLICES, self._first, lots)
        order = torch.randperm(len(self.lessons), generator=lots).tolist()
        losses: list[float] = []

        def learn(number: int) -> None:
            lesson = self.lessons[order[number % len(order)]]
            variant = int(torch.randint(len(lesson.latents), (1,), generator=lots))
            with torch.enable_grad():
                loss = _loss(checkpoint, lesson, variant, vectors, timesteps[number::_SLICES], lots)
                (loss * (_SCALED / _SLICES)).backward()  # type: ignore[no-untyped-call]
            losses.append(float(loss.detach()))

        yield from (partial(learn, number) for number in range(_SLICES))
        self._turn(vectors, sum(losses) / _SLICES)

    def _look(self, checkpoint: Checkpoint) -> Iterator[Callable[[], None]]:
        """Judge the vectors by noises that are the same each time, and that nothing is learned from."""
        lots = torch.Generator().manual_seed(self.seed)
        losses: list[float] = []

        def look(lesson: Lesson, variant: int) -> None:
            timesteps = moments(checkpoint, ROWS, self._first, lots)
            with torch.no_grad():
                loss = _loss(checkpoint, lesson, variant, self.state.vectors, timesteps, lots)
            losses.append(float(loss))

        for lesson in self.lessons:
            yield from (partial(look, lesson, variant) for variant in (0, len(lesson.latents) - 1))
        self.state.judge(sum(losses) / len(losses))

    @property
    def _first(self) -> float:
        return 0.0 if self.is_style else _FROM

    @torch.no_grad()
    def _turn(self, vectors: tuple[Tensor, ...], loss: float) -> None:
        """Turn the vectors by the gradients that they have gathered."""
        state, number = self.state, self.state.step + 1
        rate = _RATE * (1 - self.state.step / self.steps)
        turned = []
        for place, vector in enumerate(vectors):
            grown = torch.zeros_like(vector) if vector.grad is None else vector.grad / _SCALED
            norm, direction = vector.norm(dim=1, keepdim=True), F.normalize(vector, dim=1)
            # Only what lies along the sphere turns the vector; the rest would make it longer.
            slope = grown - (grown * direction).sum(1, keepdim=True) * direction
            if not slope.isfinite().all():
                slope = torch.zeros_like(slope)
            mean, square = state.mean[place], state.square[place]
            mean.mul_(_MEAN).add_(slope, alpha=1 - _MEAN)
            square.mul_(_SQUARE).add_(slope.square().sum(1, keepdim=True), alpha=1 - _SQUARE)
            step = (mean / (1 - _MEAN**number)) / ((square / (1 - _SQUARE**number)).sqrt() + 1e-12)
            turned.append(norm * F.normalize(direction - rate * step, dim=1))
        state.vectors = tuple(turned)
        state.losses.append(loss)


def _loss(
    checkpoint: Checkpoint,
    lesson: Lesson,
    variant: int,
    vectors: tuple[Tensor, ...],
    timesteps: Tensor,
    lots: torch.Generator,
) -> Tensor:
    """Give how wrong the checkpoint is about a variant of a picture, told one of its texts with the word."""
    checkpoint.wear_nothing()
    texts = lesson.texts[variant]
    around = texts[int(torch.randint(len(texts), (1,), generator=lots))]
    clean = lesson.latents[variant].expand(len(timesteps), *lesson.latents.shape[1:])
    given = noised(checkpoint, clean, timesteps, lots)
    wrong = mistakes(checkpoint, checkpoint.encode(text_of(around, vectors)), given)
    checkpoint.send_away()
    return (wrong * lesson.weights[variant].to(wrong.device)).mean()


def curve_of(losses: Sequence[float], points: int = 48) -> tuple[float, ...]:
    """Give the means of at most so many equal parts of the losses: single ones say little."""
    parts = min(points, len(losses))
    bounds = [math.floor(place * len(losses) / parts) for place in range(parts + 1)] if parts else []
    return tuple(sum(losses[start:end]) / (end - start) for start, end in pairwise(bounds))
