"""Begins a UNet with the weights of one that has fewer channels."""

from __future__ import annotations

import re

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor

_Segments = list[tuple[int, int]]
"""Channels that lie one after another, each as how many there were and are."""


@torch.no_grad()
def widen(unet: UNet2DConditionModel, parent: UNet2DConditionModel, seed: int = 1) -> None:
    """Let a UNet do, in place, about what `parent` does, which is like it but has fewer channels in places.

    Channels are doubled, as many as there are more of, and what reads them shares its weights out among the
    copies by lots, so that they learn apart (Net2WiderNet, Chen et al., arXiv 1511.05641). Where a group that
    is normalised together does not hold the same share of the channels as before, the outcome is only near.
    """
    lots = torch.Generator().manual_seed(seed)
    theirs = parent.state_dict()
    ours = {name: tuple(weight.shape) for name, weight in unet.state_dict().items()}
    for name, weight in unet.state_dict().items():
        old = theirs[name]
        # Projections around attention are 1x1 convolutions in 1.x and linear layers later.
        if old.ndim != weight.ndim:
            old = old.reshape(*old.shape[:2], *[1] * (weight.ndim - 2))
        written = _rows(old, _segments(name, 0, old.shape, weight.shape, ours, theirs))
        if weight.ndim > 1:
            if name == "time_embedding.linear_1.weight":
                written = _between_frequencies(written, weight.shape[1])
            else:
                segments = _segments(name, 1, old.shape, weight.shape, ours, theirs)
                written = _shared_columns(written, segments, lots)
        weight.copy_(written)


def _segments(
    name: str,
    dimension: int,
    old: tuple[int, ...],
    new: tuple[int, ...],
    ours: dict[str, tuple[int, ...]],
    theirs: dict[str, Tensor],
) -> _Segments:
    """Say what lies along a dimension of a weight: up-blocks read what comes from below and was skipped."""
    whole = [(old[dimension], new[dimension])]
    found = re.match(r"up_blocks\.(\d+)\.resnets\.(\d+)\.(norm1|conv1|conv_shortcut)\.weight", name)
    bias = re.match(r"up_blocks\.(\d+)\.resnets\.(\d+)\.norm1\.bias", name)
    found = found or bias
    reads = found is not None and (dimension == 1 or "norm1" in name)
    if found is None or not reads:
        return whole
    block, resnet = int(found[1]), int(found[2])
    # The first in a block reads what the block before gave, or the middle; others what the one before did.
    if resnet:
        before = f"up_blocks.{block}.resnets.{resnet - 1}.conv2.weight"
    elif block:
        last = max(int(n.split(".")[3]) for n in ours if n.startswith(f"up_blocks.{block - 1}.resnets."))
        before = f"up_blocks.{block - 1}.resnets.{last}.conv2.weight"
    else:
        before = "mid_block.resnets.1.conv2.weight"
    below = theirs[before].shape[0], ours[before][0]
    return [below, (whole[0][0] - below[0], whole[0][1] - below[1])]


def _origins(segments: _Segments) -> Tensor:
    """Say for each channel that there is now which it was; copies lie beside each other."""
    start, parts = 0, []
    for old, new in segments:
        parts.append(start + torch.arange(new) * old // new)
        start += old
    return torch.cat(parts)


def _rows(weight: Tensor, segments: _Segments) -> Tensor:
    return weight[_origins(segments)]


def _shared_columns(weight: Tensor, segments: _Segments, lots: torch.Generator) -> Tensor:
    origins = _origins(segments)
    shares = 0.5 + torch.rand(len(origins), generator=lots)
    shares = shares / torch.zeros(int(origins.max()) + 1).index_add(0, origins, shares)[origins]
    return weight[:, origins] * shares.reshape(1, -1, *[1] * (weight.ndim - 2))


def _between_frequencies(weight: Tensor, columns: int) -> Tensor:
    """Twice as many sines and cosines have the frequencies there were; those between are not read yet."""
    if columns == weight.shape[1]:
        return weight
    half, wider = weight.shape[1] // 2, columns // 2
    if wider != 2 * half:
        raise ValueError(
            f"At the top a UNet can be widened to twice its channels: {2 * weight.shape[1]}, not {columns}."
        )
    written = weight.new_zeros(len(weight), columns)
    for part in range(2):
        written[:, part * wider : (part + 1) * wider : 2] = weight[:, part * half : (part + 1) * half]
    return written
