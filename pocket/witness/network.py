"""The witness: where a picture shows faces, eyes, mouths and bare bodies, and whom it shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from pocket import WEIGHTS
from pocket.tensors import to_tensor
from pocket.world.known import KNOWN

WITNESS = WEIGHTS / "witness.safetensors"
"""The witness that ships with the package."""
SEEN = ("face", "eye", "mouth", "bare")
"""What its maps are of, in order."""
NOBODY = "nobody"
NAMES = (NOBODY, *KNOWN)
"""Whom it tells apart; anybody whom nobody knows by name is nobody."""
_WIDTHS = (16, 32, 48, 80)
_BATCH = 32


@dataclass(frozen=True)
class Sighting:
    """What one picture shows: `maps` float32 (len(SEEN), H / 2, W / 2), 0 to 1, and the likeliest `name`."""

    maps: NDArray[np.float32]
    name: str


def _block(inner: int, outer: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inner, outer, 3, stride, padding=1, bias=False), nn.BatchNorm2d(outer), nn.SiLU()
    )


class Witness(nn.Module):
    """A U-Net of four levels for the maps, with the names read off its middle."""

    def __init__(self) -> None:
        super().__init__()
        first, second, third, last = _WIDTHS
        self.down = nn.ModuleList(
            [
                nn.Sequential(_block(3, first, 2), _block(first, first)),
                nn.Sequential(_block(first, second, 2), _block(second, second)),
                nn.Sequential(_block(second, third, 2), _block(third, third)),
                nn.Sequential(_block(third, last, 2), _block(last, last)),
            ]
        )
        self.up = nn.ModuleList(
            [_block(last + third, third), _block(third + second, second), _block(second + first, first)]
        )
        self.maps = nn.Conv2d(first, len(SEEN), 1)
        self.names = nn.Sequential(_block(last, last), nn.Conv2d(last, len(NAMES), 1))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Give the logits of the maps (N, len(SEEN), H / 2, W / 2) and names (N, len(NAMES)).

        `pictures` are (N, 3, H, W) in [-1, 1], of sides that are multiples of 16.
        """
        levels = []
        features = pictures
        for block in self.down:
            features = block(features)
            levels.append(features)
        names = self.names(features).flatten(2).logsumexp(2)
        for block, skipped in zip(self.up, levels[-2::-1], strict=True):
            features = block(torch.cat([F.interpolate(features, scale_factor=2), skipped], 1))
        return self.maps(features), names

    @torch.no_grad()
    def look(self, pixels: NDArray[np.uint8]) -> list[Sighting]:
        """Say what each picture of (N, H, W, 3), uint8 RGB, shows."""
        told = []
        for part in torch.split(to_tensor(pixels), _BATCH):
            maps, names = self(part)
            for map_, name in zip(maps.sigmoid(), names.argmax(1).tolist(), strict=True):
                told.append(Sighting(map_.numpy(), NAMES[name]))
        return told


def save_witness(witness: Witness, path: Path = WITNESS) -> None:
    """Keep the weights in half precision."""
    state = {name: weight.contiguous().cpu() for name, weight in witness.state_dict().items()}
    save_file({name: w.half() if w.is_floating_point() else w for name, w in state.items()}, path)


def load_witness(path: Path = WITNESS) -> Witness:
    """Give the witness of a file that `save_witness` wrote; raises FileNotFoundError if there is none."""
    witness = Witness()
    witness.load_state_dict(
        {name: w.float() if w.is_floating_point() else w for name, w in load_file(path).items()}
    )
    return witness.eval()
