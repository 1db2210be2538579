"""Predicts from a picture's CLIP vector how much people would like it, with LAION's predictors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.locate import PICKLED
from gpuworker.checkpoints.weights import tensor_names

_LAYOUTS = (
    tuple(f"layers.{number}." for number in (0, 2, 4, 6, 7)),
    ("",),
)
"""The prefixes of the layers' names in V2, where dropout has the numbers between, and in V1, a single layer.

Neither version has activations between its layers.
"""


@dataclass(frozen=True, eq=False)
class Aesthetics:
    """Linear layers over a picture's unit vector, trained on pictures that people scored from 1 to 10.

    V2 is christophschuhmann/improved-aesthetic-predictor, an MLP trained on SAC, logos and AVA1; V1 is the
    linear head of LAION-AI/aesthetic-predictor, such as sa_0_4_vit_l_14_linear. Both are for the vectors of
    openai/clip-vit-large-patch14, of 768 numbers.
    """

    name: str
    layers: tuple[tuple[Tensor, Tensor], ...]

    @classmethod
    def load(cls, file: Path, name: str) -> Aesthetics:
        """Read a safetensors file with the tensors of V1 or V2. Raises `CheckpointError`."""
        if file.suffix in PICKLED:
            raise CheckpointError(
                f"{file} is a pickle, and opening a pickle can run any program: use laion-aesthetics, or"
                " convert it to safetensors where nothing can be lost."
            )
        names = tensor_names(file)
        for layout in _LAYOUTS:
            if names == {f"{layer}{kind}" for layer in layout for kind in ("weight", "bias")}:
                break
        else:
            raise CheckpointError(
                f"{file} is no aesthetic predictor of LAION's: it should hold weight and bias, or those of"
                " layers.0, 2, 4, 6 and 7."
            )
        tensors = load_file(file)
        layers = tuple(
            (tensors[f"{layer}weight"].float(), tensors[f"{layer}bias"].float()) for layer in layout
        )
        outputs = [weight.shape[:1] for weight, _ in layers]
        inputs = [weight.shape[1:] for weight, _ in layers[1:]]
        fits = all(weight.ndim == 2 and bias.shape == weight.shape[:1] for weight, bias in layers)
        if not fits or outputs != [*inputs, (1,)]:
            raise CheckpointError(f"{file} has layers that do not fit on each other: download it again.")
        return cls(name, layers)

    @property
    def width(self) -> int:
        """The width that a picture's vector must have."""
        return self.layers[0][0].shape[1]

    @torch.inference_mode()
    def score(self, vectors: Tensor) -> Tensor:
        """Score unit vectors (N, width), float32 on the CPU: (N,) from 1 to 10, and mostly 4 to 7.

        Raises `CheckpointError` when the vectors have another width.
        """
        if vectors.shape[1] != self.width:
            raise CheckpointError(
                f"{self.name} scores pictures by vectors of {self.width} numbers, and the CLIP in use makes"
                f" {vectors.shape[1]}: set DARKROOM_CLIP to the one that it was trained with (clip-vit-l-14"
                " for LAION's), or leave DARKROOM_AESTHETICS empty."
            )
        for weight, bias in self.layers:
            vectors = F.linear(vectors, weight, bias)
        return vectors[:, 0]
