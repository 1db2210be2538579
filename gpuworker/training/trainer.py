"""Textual inversion: finds vectors with which a checkpoint draws what pictures have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from diffusers import DDPMScheduler
from torch import Tensor
from torch.nn import functional as F

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.training.lessons import Lesson, text_of
from gpuworker.training.state import TrainingState

ROWS = 4
"""Noised pictures of one slice; they share a caption, so that the text towers are run once for them."""
_SLICES = 2
"""Slices, each of another picture, to a step of the optimiser."""
_RATE = 0.05
"""How far a vector turns in the first step, in radians more or less; it falls to nothing until the last."""
_FROM = 0.3
"""The share of the schedule, from its least noise, from which a subject is not learned."""
_MEAN, _SQUARE = 0.9, 0.99
_SCALED = 1024.0
"""Gradients are so many times as large on their way, or they would vanish in half precision."""


@dataclass(frozen=True, eq=False)
class Trainer:
    """Makes the steps of one training, on whatever thread has the device.

    The norm of each vector is kept at what is usual for a token, and only its direction learned, by Adam on
    the sphere: directional textual inversion (arXiv 2512.13672). Of a brown star on pocket, the loss on
    pictures that the training had not seen fell from 0.133 to 0.114 in 118 steps of eight pictures, as it did
    with plain Adam; but there the norms had grown from 0.23 to 0.33, and what is longer than other tokens
    outshouts the rest of the prompt.

    Two more things mattered. Where only details are left to be drawn there is little to learn of a subject:
    without those timesteps (`_FROM`) the same vectors reached 0.112. And without more weight on the subject
    than on what is around it, words for a star drifted to whatever else has its colour.

    Of a step everything that is drawn by lot follows from `seed` and its number, so that a training that is
    taken up by another worker goes on as it would have.
    """

    lessons: Sequence[Lesson]
    state: TrainingState
    norms: tuple[float, ...]
    steps: int
    seed: int
    is_style: bool = False
    """Whether the finest details count, too: lines and textures are what a style is made of."""

    @property
    def done(self) -> bool:
        """Tell whether all steps are made."""
        return self.state.step >= self.steps

    def step(self, checkpoint: Checkpoint) -> Iterator[Callable[[], None]]:
        """Make one step in slices of work, each shorter than others want to wait for.

        The state changes with the last of them. Raises `torch.OutOfMemoryError`.
        """
        lots = torch.Generator().manual_seed(self.seed * 1_000_003 + self.state.step)
        vectors = tuple(each.detach().clone().requires_grad_() for each in self.state.vectors)
        moments = _moments(checkpoint, ROWS * _SLICES, 0.0 if self.is_style else _FROM, lots)
        order = torch.randperm(len(self.lessons), generator=lots).tolist()
        losses: list[float] = []
        for number in range(_SLICES):
            lesson = self.lessons[order[number % len(order)]]
            timesteps = moments[number::_SLICES]
            yield lambda lesson=lesson, timesteps=timesteps: losses.append(  # type: ignore[misc]
                _learn(checkpoint, lesson, vectors, timesteps, lots)
            )
            if number + 1 == _SLICES:
                self._turn(vectors, sum(losses) / _SLICES)

    @torch.no_grad()
    def _turn(self, vectors: tuple[Tensor, ...], loss: float) -> None:
        """Turn the vectors by the gradients that they have gathered."""
        state, number = self.state, self.state.step + 1
        rate = _RATE * (1 - self.state.step / self.steps)
        turned = []
        for place, vector in enumerate(vectors):
            grown = torch.zeros_like(vector) if vector.grad is None else vector.grad / _SCALED
            direction = F.normalize(vector, dim=1)
            # Only what lies along the sphere turns the vector; the rest would make it longer.
            slope = grown - (grown * direction).sum(1, keepdim=True) * direction
            if not slope.isfinite().all():
                slope = torch.zeros_like(slope)
            mean, square = state.mean[place], state.square[place]
            mean.mul_(_MEAN).add_(slope, alpha=1 - _MEAN)
            square.mul_(_SQUARE).add_(slope.square().sum(1, keepdim=True), alpha=1 - _SQUARE)
            step = (mean / (1 - _MEAN**number)) / ((square / (1 - _SQUARE**number)).sqrt() + 1e-12)
            turned.append(self.norms[place] * F.normalize(direction - rate * step, dim=1))
        state.vectors = tuple(turned)
        state.losses.append(loss)


def _moments(checkpoint: Checkpoint, count: int, first: float, lots: torch.Generator) -> Tensor:
    """Draw timesteps (count), one from each of as many parts of the schedule: the losses differ less.

    `first` is the share of the schedule, from its least noise, that is left out.
    """
    parts = (torch.arange(count) + torch.rand(count, generator=lots)) / count
    length = int(checkpoint.scheduler_config["num_train_timesteps"])
    return ((first + (1 - first) * parts) * length).long().clamp(max=length - 1)


def _learn(
    checkpoint: Checkpoint,
    lesson: Lesson,
    vectors: tuple[Tensor, ...],
    timesteps: Tensor,
    lots: torch.Generator,
) -> float:
    """Add to the vectors' gradients what one picture says of them, and give the loss."""
    with torch.enable_grad():
        loss = _loss(checkpoint, lesson, vectors, timesteps, lots)
        (loss * (_SCALED / _SLICES)).backward()  # type: ignore[no-untyped-call]
    return float(loss.detach())


def _loss(
    checkpoint: Checkpoint,
    lesson: Lesson,
    vectors: tuple[Tensor, ...],
    timesteps: Tensor,
    lots: torch.Generator,
) -> Tensor:
    checkpoint.wear_nothing()
    model, device = checkpoint.model, checkpoint.device
    variant = int(torch.randint(len(lesson.latents), (1,), generator=lots))
    texts = lesson.texts[variant]
    around = texts[int(torch.randint(len(texts), (1,), generator=lots))]
    clean = lesson.latents[variant].expand(len(timesteps), *lesson.latents.shape[1:])
    noise = torch.randn(clean.shape, generator=lots)
    noised, wanted = _noised(checkpoint, clean, noise, timesteps)
    states = checkpoint.encode(text_of(around, vectors))
    side = model.pixels_per_latent
    added = model.added_conditioning(clean.shape[-1] * side, clean.shape[-2] * side, 1.0)
    rows = [each.expand(len(timesteps), *each.shape[1:]) for each in (*states, *added)]
    there = noised.to(device, checkpoint.dtype)
    predicted = model.denoise(there, timesteps.to(device).float(), *rows)
    checkpoint.send_away()
    wrong = (predicted.float() - wanted.to(device)).square()
    return (wrong * lesson.weights[variant].to(device)).mean()


def fit(checkpoint: Checkpoint, lesson: Lesson, vectors: tuple[Tensor, ...], lots: torch.Generator) -> float:
    """Say how well vectors already fit a picture: the loss without a step, lower the better."""
    with torch.no_grad():
        return _loss(checkpoint, lesson, vectors, _moments(checkpoint, ROWS, _FROM, lots), lots).item()


def _noised(checkpoint: Checkpoint, clean: Tensor, noise: Tensor, timesteps: Tensor) -> tuple[Tensor, Tensor]:
    """Give noised latents, and what the checkpoint should predict of them."""
    scheduler = DDPMScheduler.from_config(checkpoint.scheduler_config)
    noised = scheduler.add_noise(clean, noise, timesteps)
    match scheduler.config.prediction_type:
        case "v_prediction":
            return noised, scheduler.get_velocity(clean, noise, timesteps)
        case "sample":
            return noised, clean
        case _:
            return noised, noise


def on_sphere(vectors: tuple[Tensor, ...], norms: tuple[float, ...]) -> tuple[Tensor, ...]:
    """Give vectors (n, width) their usual norms, and their own directions."""
    return tuple(norm * F.normalize(each, dim=1) for each, norm in zip(vectors, norms, strict=True))


def curve_of(losses: Sequence[float], points: int = 48) -> tuple[float, ...]:
    """Give the means of at most so many equal parts of the losses: single ones say little."""
    parts = min(points, len(losses))
    bounds = [math.floor(place * len(losses) / parts) for place in range(parts + 1)] if parts else []
    return tuple(sum(losses[start:end]) / (end - start) for start, end in pairwise(bounds))
