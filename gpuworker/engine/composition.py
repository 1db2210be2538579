"""How the branches of an `AND` become one prediction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

_AROUND = 9 / 64
"""How far around a cell pulls are looked at, in shares of the shorter side: half as wide as things are."""
_SHARPNESS = 4
"""The power of two pulls' energies that decides between them.

Nearly all goes to the stronger one, but the last digits, which batch mates may change, decide about nothing.
"""


class Composition:
    """Composes the branches of one picture's prompt, step by step.

    A branch pulls the prediction from that for the negative prompt to its own, and the pulls are added up
    (Liu et al., arXiv 2206.01714), as A1111 does it. But a model whose captions told nearly all takes what a
    branch does not name for absent: at the place of one branch's thing the others pull it out again, and none
    comes out whole. So what pulls the same way in all branches is added up, and of the rest each branch is
    held back where another one's thing is.

    Where that is shows at the first step, when the latents are next to noise: there a branch pulls otherwise
    than it does on the whole. Later it pulls as hard at what it wants to be gone.

    Branches of unequal weights hold each other back by the ratio of these, so that one of next to no weight
    changes next to nothing. Those of negative weight keep things out, and do so everywhere. With `sums` all
    pulls are only added up.
    """

    def __init__(self, sums: bool = False) -> None:
        self._sums = sums
        self._kept: Tensor | None = None

    def guided(self, start: Tensor, branches: Sequence[Tensor], scales: Sequence[float]) -> Tensor:
        """Lead from the prediction `start` (1, channels, h, w) to the branches', as far as `scales` say."""
        wanted = [(found, scale) for found, scale in zip(branches, scales, strict=True) if scale > 0]
        if self._sums or len(wanted) < 2:
            return _summed(start, zip(branches, scales, strict=True))
        pulls = torch.stack([found - start for found, _ in wanted])
        common = _common(pulls)
        own = pulls - common
        if self._kept is None:
            self._kept = _kept(pulls, [scale for _, scale in wanted])
        composed = common + self._kept * own
        unwanted = [(found, scale) for found, scale in zip(branches, scales, strict=True) if scale < 0]
        predicted = _summed(start, unwanted)
        for pull, (_, scale) in zip(composed, wanted, strict=True):
            predicted = torch.add(predicted, pull, alpha=scale)
        return predicted


def _summed(start: Tensor, branches: Iterable[tuple[Tensor, float]]) -> Tensor:
    predicted = start
    for found, scale in branches:
        predicted = torch.add(predicted, found - start, alpha=scale)
    return predicted


def _common(pulls: Tensor) -> Tensor:
    """Give what is in all pulls (n, 1, channels, h, w): the least of each number, or 0 if signs differ."""
    return pulls.amin(dim=0).clamp(min=0) + pulls.amax(dim=0).clamp(max=0)


def _kept(pulls: Tensor, scales: Sequence[float]) -> Tensor:
    """Say how much is kept at a place, (n, 1, 1, h, w), of what not all pulls (n, 1, channels, h, w) have.

    A scenery pulls everywhere, and more at one branch's word than at another's: it is left out by the mean.
    """
    local = pulls - pulls.mean(dim=(3, 4), keepdim=True)
    own = local - _common(local)
    reach = max(1, round(_AROUND * min(own.shape[-2:])))
    energies = F.avg_pool2d(
        own.square().mean(dim=2), 2 * reach + 1, stride=1, padding=reach, count_include_pad=False
    )
    tiny = torch.finfo(energies.dtype).tiny
    strengths = (energies / energies.mean(dim=(1, 2, 3), keepdim=True).clamp(min=tiny)).clamp(min=tiny).log()
    kept = torch.ones_like(strengths)
    for i, scale in enumerate(scales):
        for j, other in enumerate(scales):
            if i != j:
                held = torch.sigmoid(_SHARPNESS * (strengths[j] - strengths[i]))
                kept[i] *= 1 - held * (min(scale, other) / max(scale, other))
    return kept[:, :, None]
