"""Where in a picture two texts disagree about it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from gpuworker.engine.transfer import to_device

_SHARES = (0.4, 0.5, 0.6)
"""Of the way to pure noise, at which the picture is looked at: its things are still there, but in doubt."""
_OTHER, _OTHER_AT_MOST = 0.25, 0.06
"""From here on all changes, as a share of the largest difference, and in units of the latents' variance.

Beside what changes, the pocket checkpoint's differences stay below 0.05; and a new scenery is another one
everywhere, not only where it differs most.
"""
_SAME = 2 / 3
"""Of that: below, nothing changes. Between the two it does in part, so that the last digits, which batch
mates may change, decide about nothing."""


class Disagreement:
    """What a model would change in a noised picture to turn what one text says of it into what another says.

    Such differences of predictions are large where the texts disagree: DiffEdit (Couairon et al.,
    arXiv 2210.11427), here at several levels of noise. The picture's latents and the noise are
    (1, channels, h, w), `signal_shares` (timesteps,), on the CPU, how much of the picture's variance is left
    at each timestep (a scheduler's `alphas_cumprod`).
    """

    def __init__(self, picture: Tensor, noise: Tensor, signal_shares: Tensor) -> None:
        self._picture, self._noise, self._signal_shares = picture, noise, signal_shares
        self._timesteps = [round(share * len(signal_shares)) for share in _SHARES]
        self._timesteps_there = to_device(torch.tensor(self._timesteps).float(), picture.device)
        self._found: list[Tensor] = []

    @property
    def is_found(self) -> bool:
        """Tell whether all has been looked at."""
        return len(self._found) == len(_SHARES)

    def model_input(self) -> tuple[Tensor, Tensor]:
        """Give what to predict from next: latents (1, channels, h, w) of unit variance, and a timestep.

        The timestep is a scalar on the device.
        """
        look = len(self._found)
        share = self._signal_shares[self._timesteps[look]]
        noise = self._noise.roll(look + 1, dims=3)  # as good as another one
        return share.sqrt() * self._picture + (1 - share).sqrt() * noise, self._timesteps_there[look]

    def take(self, difference: Tensor) -> None:
        """Take by how much the predictions, without guidance, differ there: (1, channels, h, w)."""
        self._found.append(difference.square().mean(dim=1, keepdim=True).sqrt())

    def changing(self) -> Tensor:
        """Say how much each cell may change, (1, 1, h, w), 0 to 1: with a cell around, without holes."""
        far = torch.stack(self._found).mean(dim=0)
        other = (_OTHER * far.amax()).clamp(torch.finfo(far.dtype).tiny, _OTHER_AT_MOST)
        share = ((far / other - _SAME) / (1 - _SAME)).clamp(0, 1)
        grown = F.max_pool2d(share, 7, stride=1, padding=3)
        return -F.max_pool2d(-grown, 5, stride=1, padding=2)
