"""What every spot of a drawing shows, to teach an image tower with; its heads are thrown away afterwards."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from pocket.clip.map_head import MapHead
from pocket.clip.network import WIDTH
from pocket.world.drawing import SIZE, Drawing
from pocket.world.scene import COLOURS, KINDS

_PARTS = (
    "torso",
    *("left leg", "right leg", "left arm", "right arm", "left hand", "right hand"),
    *("head", "hair", "face", "left eye", "right eye", "mouth"),
)
"""Of figures; where two lie on one spot, it shows the later one."""
THINGS = (*KINDS, *_PARTS)
PAINTS = tuple(COLOURS)
CELLS = SIZE // 2
"""Spots across a drawing: as fine as an eye."""
_NOTHING_WEIGHT = 3.0
_SMALL = 20
"""Spots. What covers fewer counts for less, lest a single spot count for as much as a house."""


def draw_labels(drawing: Drawing) -> NDArray[np.int64]:
    """Tell what each spot shows, (2, CELLS, CELLS): a number of `THINGS` from 1 or 0, and one of `PAINTS`."""
    things, paints = np.zeros((2, *drawing.pixels.shape[:2]), np.int64)
    for annotation in drawing.annotations:
        things[annotation.mask] = 1 + THINGS.index(annotation.thing.kind)
        paints[annotation.mask] = 1 + PAINTS.index(annotation.thing.colour)
    for figure in drawing.figures:
        parts = {name: [part.mask for part in figure.parts if part.name == name] for name in _PARTS}
        for name, masks in parts.items():
            for mask in masks:
                things[mask] = 1 + THINGS.index(name)
        for part in figure.parts:
            if part.name == "clothes" and figure.figure.clothes in PAINTS:
                paints[part.mask] = 1 + PAINTS.index(figure.figure.clothes)
    return np.stack([things, paints])[:, :: SIZE // CELLS, :: SIZE // CELLS]


class Sight(nn.Module):
    """Has tokens of `patch` x `patch` pixels tell what their spots show, and of what colour that is."""

    def __init__(self, patch: int) -> None:
        super().__init__()
        self.maps = MapHead(patch, len(THINGS) + len(PAINTS) + 2, CELLS)

    def losses(self, tokens: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Of things and of colours, against what `draw_labels` says (N, 2, CELLS, CELLS).

        All that a picture shows weighs alike, so that a hand is learned as soon as a sky; counted spot by
        spot, or as the share of each spot that a thing covers, small things are never told from nothing.
        """
        told = self.maps(tokens)
        things, paints = told[:, : 1 + len(THINGS)], told[:, 1 + len(THINGS) :]
        return _balanced(things, labels[:, 0]), _balanced(paints, labels[:, 1])


def _balanced(logits: Tensor, labels: Tensor) -> Tensor:
    """Give cross-entropy in which each label that a picture has weighs alike, and nothing thrice as much."""
    counts = F.one_hot(labels.flatten(1), logits.shape[1]).sum(1)
    weights = 1 / (counts + _SMALL)
    weights[:, 0] *= _NOTHING_WEIGHT
    spots = weights.gather(1, labels.flatten(1))
    wrong = F.cross_entropy(logits.flatten(2), labels.flatten(1), reduction="none")
    return (wrong * spots / spots.sum(1, keepdim=True)).sum(1).mean()


class Naming(nn.Linear):
    """Has the vectors of phrases tell which things and colours they are about."""

    def __init__(self) -> None:
        super().__init__(WIDTH, len(THINGS) + len(PAINTS))

    def loss(self, words: Tensor, truth: Tensor, labels: Tensor) -> Tensor:
        """Give the cross-entropy of what words (N * K, WIDTH) name, for K phrases of each of N pictures.

        What they name is what their masks `truth` (N * K, SIZE, SIZE) cover in the pictures: shares of all
        that has a label. Phrases of nothing, and labels that a picture does not have, say nothing.
        """
        masks = F.avg_pool2d(truth, SIZE // CELLS).view(len(labels), -1, CELLS**2)
        things = F.one_hot(labels[:, 0].flatten(1), 1 + len(THINGS))[..., 1:]
        paints = F.one_hot(labels[:, 1].flatten(1), 1 + len(PAINTS))[..., 1:]
        shown = torch.cat([things, paints], 2).to(masks)
        areas = shown.sum(1)
        covered = torch.bmm(masks, shown) / areas[:, None].clamp(min=1)
        known = (areas[:, None] > 0) & masks.any(2, keepdim=True)
        told: Tensor = self(words).view_as(covered)
        wrong = F.binary_cross_entropy_with_logits(told, covered.clamp(0, 1), reduction="none")
        return (wrong * known).sum() / known.sum().clamp(min=1)
