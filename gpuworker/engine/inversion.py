"""A known picture taken through the steps of a sampler beside the one that is made of it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from PIL import Image, ImageFilter
from torch import Tensor

from gpuworker.engine.disagreement import Disagreement
from gpuworker.engine.samplers import make_step, noise_levels

_STAYED, _CHANGED = 0.2, 0.4
"""How far a cell of the latents goes that stays, and that changes: root mean squares over the channels.

On the pocket checkpoint cells that should stay go 0.04 at the median, and those that should change 2. Between
the two a cell is blended, so that the last digits, which batch mates may change, decide about no pixel.
"""


class Inversion:
    """The noise of a picture at each step, and what a model that knew the picture would predict there.

    Inverting a sampler step by step costs as many passes again, and its errors add up. But where the picture
    is known, so is its way down: noised with any noise it is `signal * picture + sigma * noise`, and from
    there the right prediction leads every sampler back to it. What the model says about that way under words
    for what the picture shows is wrong by as much as it is wrong about the picture; the same error is taken
    off what it says about the way to the edited picture. Where both texts mean the same, the picture itself
    comes out. That is the virtual inversion of InfEdit (Xu et al., arXiv 2312.04965), put so that the
    difference is one of predictions and serves every sampler, of any order, as it stands; those that draw
    noise draw the same for both, like edit-friendly DDPM inversion (Huberman-Spiegelglas et al., arXiv
    2304.06140).

    In much noise a model does not know where the picture has its things, and may put the new ones elsewhere.
    So the picture is held beforehand wherever both texts agree about it (see `Disagreement`).

    `latents` are (1, channels, h, w), fp32: the noised picture, before the next step.
    """

    def __init__(self, picture: Tensor, noise: Tensor, begun: Tensor, scheduler: Any) -> None:
        """Begin with `picture` as latents; `begun` is what enters a new `scheduler` with the `noise`."""
        self.disagreement = Disagreement(picture, noise, scheduler.alphas_cumprod)
        self.latents = begun
        self._picture = picture
        self._scheduler = scheduler
        self._moved = torch.zeros_like(picture)

    @cached_property
    def _changing(self) -> Tensor:
        return self.disagreement.changing()

    def model_input(self, timestep: Tensor) -> Tensor:
        """Give the latents (1, channels, h, w), scaled to what the model expects at the next step."""
        scaled: Tensor = self._scheduler.scale_model_input(self.latents, timestep)
        return scaled

    def advance(self, timestep: Tensor, noise: Tensor | None) -> Tensor:
        """Make one step towards the picture; the prediction (1, channels, h, w), fp32, that leads there.

        `noise` is what the step adds, here and to the picture that is made, if the sampler adds any.
        """
        prediction = self._truth(timestep)
        self.latents = make_step(self._scheduler, prediction, timestep, self.latents, noise)[0]
        return prediction

    def hold(self, edited: Tensor) -> Tensor:
        """Give the edited latents (1, channels, h, w) after a step, the picture's where it may not change."""
        return torch.lerp(self.latents, edited, self._changing)

    def landed(self, edited: Tensor) -> Tensor:
        """Give the edited latents (1, channels, h, w) in the end, less the noise that a sampler left."""
        self._moved = edited - self.latents
        return self._picture + self._moved

    def put_back(self, picture: Image.Image, drawn: Image.Image) -> Image.Image:
        """Give the picture, with what is `drawn` of the edited latents where these have changed.

        Elsewhere its pixels stay, bit for bit.
        """
        far = self._moved[0].square().mean(dim=0).sqrt()
        share = ((far - _STAYED) / (_CHANGED - _STAYED)).clamp(0, 1)
        cells = Image.fromarray(share.mul(255).byte().cpu().numpy()).filter(ImageFilter.MaxFilter(3))
        return Image.composite(drawn, picture, cells.resize(picture.size, Image.Resampling.BILINEAR))

    def _truth(self, timestep: Tensor) -> Tensor:
        signal, sigma = noise_levels(self._scheduler, timestep)
        noise = (self.latents - signal * self._picture) / sigma
        predicted = self._scheduler.config.prediction_type
        if predicted == "epsilon":
            return noise
        if predicted == "sample":
            return self._picture
        # The velocity of Salimans and Ho (arXiv 2202.00512), for latents of unit variance.
        return (signal * noise - sigma * self._picture) / torch.sqrt(signal**2 + sigma**2)
