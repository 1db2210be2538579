"""The networks for drawn faces: one finds them, the other tells the traits of one of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pocket.faces.traits import DIMENSIONS, descriptors

CELL = 4
"""Pixels of a cell of the finder's maps."""
CROP_SIDE = 32
"""Pixels of the pictures of one face that the teller looks at."""
_WIDTHS = (12, 24, 40, 60)


def _block(inner: int, outer: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inner, outer, 3, stride, padding=1, bias=False), nn.BatchNorm2d(outer), nn.SiLU()
    )


class FaceFinder(nn.Module):
    """A U-Net that says of each cell whether a face's middle is there, and how large the face is.

    Things are found so by CenterNet (arxiv.org/abs/1904.07850).
    """

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
        self.up = nn.ModuleList([_block(last + third, third), _block(third + second, third)])
        self.faces = nn.Conv2d(third, 3, 1)
        nn.init.constant_(self.faces.bias[:1], -4.0)  # type: ignore[index]

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Give logits (N, 1, H / 4, W / 4) and logarithms of widths and heights (N, 2, H / 4, W / 4).

        `pictures` are (N, 3, H, W) in [-1, 1], of sides that are multiples of 16.
        """
        levels, features = [], pictures
        for block in self.down:
            features = block(features)
            levels.append(features)
        for block, skipped in zip(self.up, levels[-2:0:-1], strict=True):
            features = block(torch.cat([F.interpolate(features, scale_factor=2.0), skipped], 1))
        faces = self.faces(features)
        return faces[:, :1], faces[:, 1:]


class TraitTeller(nn.Module):
    """Says what the traits of one face are, of pictures (N, 3, 32, 32) in [-1, 1]: (N, 20)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _block(3, 16),
            _block(16, 32, 2),
            _block(32, 48, 2),
            _block(48, 48),
            _block(48, 64, 2),
            nn.Flatten(),
        )
        self.traits = nn.Linear(64 * (CROP_SIDE // 8) ** 2, DIMENSIONS)

    def forward(self, pictures: Tensor) -> Tensor:
        """Give the numbers, as `loss_of` compares them."""
        said: Tensor = self.traits(self.features(pictures))
        return said


class ExportedFinder(nn.Module):
    """The finder as moderation reads it: of pictures in [0, 1] one output (N, 3, H / 4, W / 4).

    It is whether a face's middle is there, 0 to 1, and the face's width and height in pixels.
    """

    def __init__(self, finder: FaceFinder) -> None:
        super().__init__()
        self.finder = finder

    def forward(self, images: Tensor) -> Tensor:
        """Give the maps as one."""
        there, sizes = self.finder(images * 2 - 1)
        return torch.cat([there.sigmoid(), sizes.exp()], 1)


class ExportedTeller(nn.Module):
    """The teller as moderation reads it: of pictures in [0, 1] the descriptors (N, 20)."""

    def __init__(self, teller: TraitTeller) -> None:
        super().__init__()
        self.teller = teller

    def forward(self, images: Tensor) -> Tensor:
        """Give the descriptors."""
        return descriptors(self.teller(images * 2 - 1))
