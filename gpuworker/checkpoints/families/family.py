"""What the engine asks of a model, whatever it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from torch import Tensor

from gpuworker.checkpoints.families.autoencoder import Autoencoder
from moderation.prompt_language.fragments import Fragment


@dataclass(frozen=True, eq=False)
class Learned:
    """Vectors that stand for a word, made by textual inversion (Gal et al., arXiv 2208.01618).

    There are (n, width) for each text tower, each in the place of a token.
    """

    vectors: tuple[Tensor, ...]


class Placed(NamedTuple):
    """Where a word that was learned stands, and what it weighs."""

    learned: Learned
    weight: float = 1.0


Said = tuple[tuple[Fragment | Placed, ...], ...]
"""One prompt at one step: weighted words, in sections that begin a chunk each. `((),)` is an empty one."""
Rows = tuple[Tensor, ...]
"""Tensors with a row for each picture; those of several pictures are concatenated one by one."""


class Model(Protocol):
    """The networks of a checkpoint. A batch has its pictures along the first axis, and none sees another."""

    @property
    def networks(self) -> Mapping[str, Any]:
        """The networks by the names of their folders, `unet` and the like."""

    @property
    def family(self) -> str:
        """`sd1`, `sd2` or `sdxl`: what was made for one family fits no other."""

    @property
    def text_widths(self) -> tuple[int, ...]:
        """Of the vectors of a token, one for each text tower."""

    @property
    def latent_channels(self) -> int:
        """Channels of the latents: 4 in Stable Diffusion."""

    @property
    def pixels_per_latent(self) -> int:
        """Pixels along a side that one latent stands for: 8 in Stable Diffusion."""

    @property
    def side(self) -> int:
        """Width and height, in pixels, of the pictures that the model was trained on."""

    @property
    def is_told_guidance(self) -> bool:
        """Whether it was distilled to be told the guidance scale, instead of being run twice for a step."""

    def pipeline(self) -> Any:
        """The stock pipeline of these very networks: what loads additions to them is part of it."""

    def encode_prompt(self, said: Said) -> Rows:
        """What the text towers make of one prompt: states, (1, 77 * chunks, width), and what else."""

    def encode_settings(self, width: int, height: int, guidance_scale: float) -> Rows:
        """What the model is told of one picture beside its prompt."""

    def denoise(self, latents: Tensor, timesteps: Tensor, *conditions: Tensor) -> Tensor:
        """What is predicted for latents (n, channels, h, w) at timesteps (n,): the shape of the latents.

        `conditions` are the rows of the prompts and, after them, those of the settings.
        """

    @property
    def autoencoder(self) -> Autoencoder:
        """What draws and reads pixels, in two halves."""

    def decode(self, latents: Tensor, tile: int | None = None) -> Tensor:
        """Finished latents (n, channels, h, w) to pixels (n, 3, height, width), about -1 to 1.

        In tiles of `tile` cells a side it takes less memory, and the pixels are nearly the same.
        """

    def encode(self, pixels: Tensor, tile: int | None = None) -> Tensor:
        """Pixels (n, 3, height, width), -1 to 1, to the latents (n, channels, h, w) most likely theirs."""
