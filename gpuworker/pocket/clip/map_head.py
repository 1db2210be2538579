"""Teaches the tokens of an image tower what they see; thrown away after training."""

from torch import Tensor, nn
from torch.nn import functional as F

from gpuworker.pocket.clip.network import WIDTH
from gpuworker.pocket.corpus import CELLS, MAP_NAMES
from gpuworker.pocket.world.drawing import SIZE


class MapHead(nn.Sequential):
    """Has each token of `patch` x `patch` pixels tell what covers it: kinds, colours and parts of figures.

    It teaches shapes much sooner than captions do.
    """

    def __init__(self, patch: int) -> None:
        # A token may see several of a map's cells, and tells them apart.
        self._finer = CELLS * patch // SIZE
        super().__init__(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, len(MAP_NAMES) * self._finer**2))

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits of the maps (N, len(MAP_NAMES), CELLS, CELLS) of tokens (N, cells * cells, WIDTH)."""
        side = CELLS // self._finer
        norm, read = self
        return F.pixel_shuffle(read(norm(tokens)).mT.unflatten(2, (side, side)), self._finer)

    def loss(self, tokens: Tensor, maps: Tensor) -> Tensor:
        """Cross-entropy of what the tokens tell, against the maps themselves, 0 to 1."""
        return F.binary_cross_entropy_with_logits(self(tokens), maps)
