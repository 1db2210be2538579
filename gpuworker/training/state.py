"""How far a training is: all that another worker needs to go on with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

_PARTS = ("vectors", "mean", "square")
_LARGEST = 2**22


@dataclass
class TrainingState:
    """The vectors (n, width) of each text tower, and the optimiser's two moments of their gradients.

    There is a loss for each step that was made.
    """

    vectors: tuple[Tensor, ...]
    mean: tuple[Tensor, ...]
    square: tuple[Tensor, ...]
    losses: list[float] = field(default_factory=list)

    @classmethod
    def beginning(cls, vectors: tuple[Tensor, ...]) -> TrainingState:
        """Give the state before the first step."""
        zeros = tuple(torch.zeros_like(each) for each in vectors)
        return cls(vectors, zeros, tuple(torch.zeros_like(each[:, :1]) for each in vectors))

    @property
    def step(self) -> int:
        """Count the steps that were made."""
        return len(self.losses)

    def to_bytes(self) -> bytes:
        """Write the state as a safetensors file."""
        tensors = {
            f"{part}.{place}": tensor.contiguous()
            for part in _PARTS
            for place, tensor in enumerate(getattr(self, part))
        }
        return save({**tensors, "losses": torch.tensor(self.losses, dtype=torch.float32)})

    @classmethod
    def from_bytes(cls, data: bytes, like: TrainingState) -> TrainingState:
        """Read a state of the same shapes as `like`. Raises ValueError for anything else."""
        if len(data) > _LARGEST:
            raise ValueError("it is too large for the state of a training")
        try:
            tensors = load(data)
            parts = {
                part: tuple(tensors[f"{part}.{place}"] for place in range(len(like.vectors)))
                for part in _PARTS
            }
            losses = tensors["losses"]
        except (SafetensorError, KeyError) as error:
            raise ValueError("it is no state of a training") from error
        for part in _PARTS:
            for found, wanted in zip(parts[part], getattr(like, part), strict=True):
                if found.shape != wanted.shape or found.dtype != wanted.dtype or not found.isfinite().all():
                    raise ValueError("it is the state of another training")
        if losses.ndim != 1 or not losses.is_floating_point():
            raise ValueError("it is no state of a training")
        return cls(**parts, losses=losses.tolist())

    def halved(self) -> tuple[Tensor, ...]:
        """Give the vectors as they are in the file, rounded to half precision."""
        return tuple(each.half().float() for each in self.vectors)

    def embedding_file(self) -> bytes:
        """Write the vectors as A1111, ComfyUI and diffusers read them, in half precision.

        One text tower's stand alone under the name `emb_params`, both of SDXL's as `clip_l` and `clip_g`.
        """
        names = ("emb_params",) if len(self.vectors) == 1 else ("clip_l", "clip_g")
        return save(
            {name: each.half().contiguous() for name, each in zip(names, self.vectors, strict=True)},
            metadata={"format": "pt"},
        )
