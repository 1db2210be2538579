"""Teaches the tokens of an image tower what they see; thrown away after training."""

import math

from torch import Tensor, nn
from torch.nn import functional as F

from pocket.clip.network import WIDTH
from pocket.world.drawing import SIZE


class MapHead(nn.Sequential):
    """Has each token of `patch` x `patch` pixels tell what covers it, in `maps` maps of `cells` x `cells`.

    It teaches shapes much sooner than captions do.
    """

    def __init__(self, patch: int, maps: int, cells: int) -> None:
        # A token may see several of a map's cells, and tells them apart.
        self._finer = cells * patch // SIZE
        super().__init__(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, maps * self._finer**2))

    def forward(self, tokens: Tensor) -> Tensor:
        """Give the logits of the maps (N, maps, cells, cells) of tokens (N, side * side, WIDTH)."""
        norm, read = self
        side = math.isqrt(tokens.shape[1])
        return F.pixel_shuffle(read(norm(tokens)).mT.unflatten(2, (side, side)), self._finer)

    def loss(self, tokens: Tensor, maps: Tensor) -> Tensor:
        """Give the cross-entropy of what the tokens tell, against the maps themselves, 0 to 1."""
        return F.binary_cross_entropy_with_logits(self(tokens), maps)
