"""LoRA: thin matrices beside the denoiser's own, by which a checkpoint draws what pictures have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from gpuworker.adapters.change import Change, LowRank
from gpuworker.adapters.layers import Layer
from gpuworker.adapters.read import Adapter
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.training.learner import Moments, Weights, adam
from gpuworker.training.noising import Noised, mistakes
from gpuworker.training.state import TrainingState
from moderation.prompt_language.fragments import Fragment
from storage.ordered import ordered

NETWORK = "unet"
_CHANGED = re.compile(r"\.(to_[qkv]|to_out\.0|conv1|conv2)$")
"""Attention, and the convolutions of residual blocks: lines and textures are made by these."""
_RATE, _STYLE_RATE = 1e-3, 2e-3
"""How far the numbers of a matrix move in the first step, for a thing and for a style."""
_ARCHITECTURES = {
    "sd1": ("stable-diffusion-v1/lora", "sd_v1"),
    "sd2": ("stable-diffusion-v2-768-v/lora", "sd_v2"),
    "sdxl": ("stable-diffusion-xl-v1-base/lora", "sdxl_base_v1-0"),
}
"""What a file says that it is for, by family: for modelspec, and for kohya's scripts."""


@dataclass(frozen=True, eq=False)
class LowRankAdaptation:
    """Learns a product of two matrices of a `rank` for each layer (Hu et al., arXiv 2106.09685), by Adam.

    `layers` are those of the denoiser, by diffusers' names. Its weights are, for each in turn, the matrix
    that reads and the one that writes, which is nothing at first: so all begins as the checkpoint draws.
    Pictures are told by `phrase`, as far as something has a name; none for a style.

    A style is learned by the outer half of the blocks that go up alone: they make colours and textures, where
    inner ones make scenes (P+, arXiv 2303.09522; B-LoRA, arXiv 2403.14572). With all layers, a few pictures
    are learned so well that nothing else can be drawn. Tried on pocket with sepia, of rank 4, at its usual
    weight in eight new scenes: with all layers the judge saw the kind of thing in one and the background in
    four; with those alone, in eight and six, and palettes came as near, for two thirds of the work.

    A thing takes all layers, for its outline, and half the rate: a magenta star, begun as "purple star", was
    found in five scenes of eight at twice that, and in all eight so. So it was where the checkpoint had to
    predict the same as before of pictures of its own, which takes half as long again.

    All of the schedule is learned from. Other than a word, it may have a picture show its colours itself.
    """

    checkpoint: str
    layers: tuple[tuple[str, tuple[int, ...]], ...]
    rank: int
    phrase: str
    seed: int

    @classmethod
    def of(cls, checkpoint: Checkpoint, rank: int, phrase: str, seed: int) -> LowRankAdaptation:
        """Learn for the layers that a checkpoint has; without a phrase, for those that make its styles."""
        changed = dict(_changed(checkpoint))
        if not phrase:
            blocks = len(checkpoint.model.networks[NETWORK].up_blocks)
            outer = tuple(f"up_blocks.{place}." for place in range(blocks // 2, blocks))
            changed = {name: module for name, module in changed.items() if name.startswith(outer)}
        layers = tuple((name, tuple(module.weight.shape)) for name, module in changed.items())
        return cls(checkpoint.family.name, layers, rank, phrase, seed)

    @property
    def first(self) -> float:
        """Leave nothing of the schedule out."""
        return 0.0

    def beginning(self) -> TrainingState:
        """Give the state before the first step, in which nothing is changed."""
        lots, weights = torch.Generator().manual_seed(self.seed), list[Tensor]()
        for _, (wide, narrow, *kernel) in self.layers:
            down = torch.randn(self.rank, narrow, *kernel, generator=lots)
            weights += [
                down / down[0].numel() ** 0.5,
                torch.zeros(wide, self.rank, *[1] * len(kernel)),
            ]
        return TrainingState.beginning(tuple(weights), squares=tuple(weights))

    def mistakes(
        self, checkpoint: Checkpoint, around: tuple[str, str], weights: Weights, given: Noised
    ) -> Tensor:
        """Give how wrong the checkpoint is that wears the matrices, told two texts and what is between."""
        adapters = checkpoint.adapters
        adapters.wear(adapters.together(((self._adapter(checkpoint, weights), 1.0, 1.0),)))
        try:
            before, after = around
            said = " ".join(f"{before}{self.phrase}{after}".split())
            return mistakes(checkpoint, checkpoint.encode(((Fragment(said),),)), given)
        finally:
            checkpoint.wear_nothing()

    def _adapter(self, checkpoint: Checkpoint, weights: Weights) -> Adapter:
        modules = dict(_changed(checkpoint))
        changes = {
            Layer(NETWORK, name, modules[name]): Change(
                LowRank(
                    down.to(checkpoint.device, checkpoint.dtype),
                    up.to(checkpoint.device, checkpoint.dtype),
                    1.0,
                )
            )
            for (name, _), down, up in zip(self.layers, weights[::2], weights[1::2], strict=True)
        }
        return Adapter(changes, {}, 0, "")

    def moved(self, weight: Tensor, gradient: Tensor, moments: Moments, number: int, left: float) -> Tensor:
        """Move a matrix against the gradient that it has gathered."""
        slope = gradient if gradient.isfinite().all() else torch.zeros_like(gradient)
        rate = _RATE if self.phrase else _STYLE_RATE
        return weight - rate * left * adam(slope, slope.square(), moments, number)

    def file(self, state: TrainingState) -> bytes:
        """Write the best matrices as kohya's scripts do, which A1111, ComfyUI and diffusers read.

        They are in half precision. A1111 takes what does not say that it is `ss_v2` for Stable Diffusion 1.
        """
        tensors = dict[str, Tensor]()
        for (name, _), down, up in zip(self.layers, state.best[::2], state.best[1::2], strict=True):
            spelt = f"lora_{NETWORK}_{name.replace('.', '_')}"
            tensors[f"{spelt}.lora_down.weight"] = down.half().contiguous()
            tensors[f"{spelt}.lora_up.weight"] = up.half().contiguous()
            tensors[f"{spelt}.alpha"] = torch.tensor(float(self.rank)).half()
        architecture, base = _ARCHITECTURES.get(self.checkpoint, (self.checkpoint, self.checkpoint))
        about = {
            "format": "pt",
            "modelspec.architecture": architecture,
            "ss_base_model_version": base,
            "ss_v2": str(self.checkpoint == "sd2"),
            "ss_network_module": "networks.lora",
            "ss_network_dim": str(self.rank),
            "ss_network_alpha": str(self.rank),
        }
        phrase = {"modelspec.trigger_phrase": self.phrase} if self.phrase else {}
        return ordered(save(tensors, about | phrase))


def _changed(checkpoint: Checkpoint) -> Iterator[tuple[str, Any]]:
    """Give the layers of the denoiser that are changed, by name."""
    for name, module in checkpoint.model.networks[NETWORK].named_modules():
        if isinstance(module, nn.Linear | nn.Conv2d) and _CHANGED.search(name):
            yield name, module
