"""Keeps guidance from overexposing pictures, as models of zero terminal SNR need (arXiv 2305.08891)."""

from __future__ import annotations

from torch import Tensor

from gpuworker.engine.conditioning import Conditioning


def rescaled(guided: Tensor, start: Tensor, conditioning: Conditioning, share: float) -> Tensor:
    """Give a guided prediction (1, channels, h, w) the spread that it would have without guidance.

    `start` is the prediction that guidance leads away from, and `share`, 0 to 1, is how far it is undone. Lin
    et al. have it for the prompt's prediction; where `AND` composes several, it is their mean here.
    """
    total = sum(map(abs, conditioning.scales)) or 1.0
    unguided = start + (guided - start) / total
    ratio: Tensor = unguided.std() / guided.std().clamp(min=_LEAST)
    return guided * (1 + share * (ratio - 1))


_LEAST = 1e-6
