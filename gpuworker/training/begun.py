"""What a training finds out before its first step, which is noted, for to find it out again takes as long."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from gpuworker.training.state import TrainingState

_NAMES = "begun.names"


@dataclass(frozen=True, eq=False)
class Begun:
    """The phrases by which the checkpoint draws the pictures, the best first, and what a word begins with.

    `vectors` (n, width) are one tensor for each text tower, and none where no word is learned.
    """

    names: tuple[str, ...]
    vectors: tuple[Tensor, ...]

    def beside(self, state: TrainingState) -> bytes:
        """Write it and how far the training is as one safetensors file."""
        vectors = {f"begun.{place}": each.clone() for place, each in enumerate(self.vectors)}
        names = torch.frombuffer(bytearray(json.dumps(self.names).encode()), dtype=torch.uint8)
        return save({**state.tensors(), **vectors, _NAMES: names})

    @classmethod
    def from_bytes(cls, data: bytes, count: int, widths: Sequence[int]) -> Begun:
        """Read it, for `count` vectors of each of these widths. Raises ValueError for anything else."""
        try:
            tensors = load(data)
            names = json.loads(bytes(tensors[_NAMES].tolist()))
            vectors = tuple(tensors[f"begun.{place}"] for place in range(len(widths)))
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ValueError("nothing is noted of how it began") from error
        if not isinstance(names, list) or not names or not all(isinstance(each, str) for each in names):
            raise ValueError("nothing is noted of how it began")
        for found, width in zip(vectors, widths, strict=True):
            if found.shape != (count, width) or found.dtype != torch.float32 or not found.isfinite().all():
                raise ValueError("it began as another training")
        return cls(tuple(names), vectors)
