"""Finds weights with which a checkpoint draws what pictures have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.training.learner import Learner
from gpuworker.training.lessons import Lesson
from gpuworker.training.noising import moments, noised
from gpuworker.training.state import TrainingState

ROWS = 4
"""Noised pictures of one slice; they share a caption, so that the text towers are run once for them."""
_SLICES = 2
"""Slices, each of another picture, to a step of the optimiser."""
_SCALED = 1024.0
"""Gradients are so many times as large on their way, or they would vanish in half precision."""
_LOOKS = 8
"""Times that it is looked how well the vectors fit, after the first before anything is learned."""


@dataclass(frozen=True, eq=False)
class Trainer:
    """Makes the steps of one training, on whatever thread has the device; `learner` says what is learned.

    Without more weight on the subject than on what is around it, words drift to whatever else has its colour.

    How well the weights fit is looked at now and then with the same noises, and those that fitted best are
    kept.

    Of a step everything that is drawn by lot follows from `seed` and its number, so that a training that is
    taken up by another worker goes on as it would have.
    """

    lessons: Sequence[Lesson]
    state: TrainingState
    steps: int
    seed: int
    learner: Learner

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
        timesteps = moments(checkpoint, ROWS * _SLICES, self.learner.first, lots)
        order = torch.randperm(len(self.lessons), generator=lots).tolist()
        losses: list[float] = []

        def learn(number: int) -> None:
            lesson = self.lessons[order[number % len(order)]]
            variant = int(torch.randint(len(lesson.latents), (1,), generator=lots))
            with torch.enable_grad():
                loss = self._loss(checkpoint, lesson, variant, vectors, timesteps[number::_SLICES], lots)
                (loss * (_SCALED / _SLICES)).backward()  # type: ignore[no-untyped-call]
            losses.append(float(loss.detach()))

        yield from (partial(learn, number) for number in range(_SLICES))
        self._turn(vectors, sum(losses) / _SLICES)

    def _look(self, checkpoint: Checkpoint) -> Iterator[Callable[[], None]]:
        """Judge the vectors by noises that are the same each time, and that nothing is learned from."""
        lots = torch.Generator().manual_seed(self.seed)
        losses: list[float] = []

        def look(lesson: Lesson, variant: int) -> None:
            timesteps = moments(checkpoint, ROWS, self.learner.first, lots)
            with torch.no_grad():
                loss = self._loss(checkpoint, lesson, variant, self.state.vectors, timesteps, lots)
            losses.append(float(loss))

        for lesson in self.lessons:
            yield from (partial(look, lesson, variant) for variant in (0, len(lesson.latents) - 1))
        self.state.judge(sum(losses) / len(losses))

    @torch.no_grad()
    def _turn(self, weights: tuple[Tensor, ...], loss: float) -> None:
        """Move the weights by the gradients that they have gathered."""
        state, moved = self.state, list[Tensor]()
        for place, weight in enumerate(weights):
            gradient = torch.zeros_like(weight) if weight.grad is None else weight.grad / _SCALED
            moments = state.mean[place], state.square[place]
            left = 1 - state.step / self.steps
            moved.append(self.learner.moved(weight, gradient, moments, state.step + 1, left))
        state.vectors = tuple(moved)
        state.losses.append(loss)

    def _loss(
        self,
        checkpoint: Checkpoint,
        lesson: Lesson,
        variant: int,
        weights: tuple[Tensor, ...],
        timesteps: Tensor,
        lots: torch.Generator,
    ) -> Tensor:
        """Give how wrong the checkpoint is about a variant of a picture, told one of its texts."""
        texts = lesson.texts[variant]
        around = texts[int(torch.randint(len(texts), (1,), generator=lots))]
        clean = lesson.latents[variant].expand(len(timesteps), *lesson.latents.shape[1:])
        given = noised(checkpoint, clean, timesteps, lots)
        wrong = self.learner.mistakes(checkpoint, around, weights, given)
        checkpoint.send_away()
        return (wrong * lesson.weights[variant].to(wrong.device)).mean()


def curve_of(losses: Sequence[float], points: int = 48) -> tuple[float, ...]:
    """Give the means of at most so many equal parts of the losses: single ones say little."""
    parts = min(points, len(losses))
    bounds = [math.floor(place * len(losses) / parts) for place in range(parts + 1)] if parts else []
    return tuple(sum(losses[start:end]) / (end - start) for start, end in pairwise(bounds))
