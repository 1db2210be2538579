"""How far a training is: all that another worker needs to go on with it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

_PARTS = ("vectors", "best", "mean", "square")
_NUMBERS = ("losses", "fits")
_LARGEST = 2**20
"""Bytes of a state beside its tensors: of the file's header, and of losses and fits."""


@dataclass
class TrainingState:
    """What is learned, such as the vectors (n, width) of each text tower, and the optimiser's two moments.

    There is a loss for each step that was made, and a fit, the lower the better, for each time that it was
    looked how good the vectors are. `best` are those that were best then.
    """

    vectors: tuple[Tensor, ...]
    best: tuple[Tensor, ...]
    mean: tuple[Tensor, ...]
    square: tuple[Tensor, ...]
    losses: list[float] = field(default_factory=list)
    fits: list[float] = field(default_factory=list)

    @classmethod
    def beginning(cls, vectors: tuple[Tensor, ...], squares: tuple[Tensor, ...]) -> TrainingState:
        """Give the state before the first step; the second moments have the shapes of `squares`."""
        zeros = tuple(torch.zeros_like(each) for each in vectors)
        return cls(vectors, vectors, zeros, tuple(torch.zeros_like(each) for each in squares))

    @property
    def step(self) -> int:
        """Count the steps that were made."""
        return len(self.losses)

    def judge(self, fit: float) -> None:
        """Note how well the vectors fit, and that they are the best if none before fitted better."""
        if fit < min(self.fits, default=math.inf):
            self.best = self.vectors
        self.fits.append(fit)

    def tensors(self) -> dict[str, Tensor]:
        """Give the state as the tensors of a safetensors file."""
        tensors = {
            f"{part}.{place}": tensor.clone()  # the best may be the same as the last
            for part in _PARTS
            for place, tensor in enumerate(getattr(self, part))
        }
        numbers = {name: torch.tensor(getattr(self, name), dtype=torch.float64) for name in _NUMBERS}
        return {**tensors, **numbers}

    def to_bytes(self) -> bytes:
        """Write the state as a safetensors file."""
        return save(self.tensors())

    @classmethod
    def from_bytes(cls, data: bytes, like: TrainingState) -> TrainingState:
        """Read a state of the same shapes as `like`. Raises ValueError for anything else."""
        if len(data) > _LARGEST + 2 * sum(each.nbytes for part in _PARTS for each in getattr(like, part)):
            raise ValueError("it is too large for the state of a training")
        try:
            tensors = load(data)
            parts = {
                part: tuple(tensors[f"{part}.{place}"] for place in range(len(like.vectors)))
                for part in _PARTS
            }
            numbers = {name: tensors[name] for name in _NUMBERS}
        except (SafetensorError, KeyError) as error:
            raise ValueError("it is no state of a training") from error
        for part in _PARTS:
            for found, wanted in zip(parts[part], getattr(like, part), strict=True):
                if found.shape != wanted.shape or found.dtype != wanted.dtype or not found.isfinite().all():
                    raise ValueError("it is the state of another training")
        if any(each.ndim != 1 or not each.is_floating_point() for each in numbers.values()):
            raise ValueError("it is no state of a training")
        return cls(**parts, losses=numbers["losses"].tolist(), fits=numbers["fits"].tolist())

    def halved(self) -> tuple[Tensor, ...]:
        """Give the best vectors as they are in the file, rounded to half precision."""
        return tuple(each.half().float() for each in self.best)

    def embedding_file(self) -> bytes:
        """Write the best vectors as A1111, ComfyUI and diffusers read them, in half precision.

        One text tower's stand alone under the name `emb_params`, both of SDXL's as `clip_l` and `clip_g`.
        """
        names = ("emb_params",) if len(self.best) == 1 else ("clip_l", "clip_g")
        return save(
            {name: each.half().contiguous() for name, each in zip(names, self.best, strict=True)},
            metadata={"format": "pt"},
        )
