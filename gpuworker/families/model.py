"""The interface of a model to the engine, whatever networks it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from torch import Tensor

from gpuworker.families.autoencoder import Autoencoder
from moderation.prompt_language.fragments import Fragment
from storage.weighting import Weighting


@dataclass(frozen=True, eq=False)
class Embedding:
    """The vectors that textual inversion made (Gal et al., arXiv 2208.01618): (n, width) for each text tower.

    Each vector takes the place of a token's.
    """

    vectors: tuple[Tensor, ...]


class WeightedEmbedding(NamedTuple):
    """An embedding in a prompt, with the weight that its tokens have there."""

    embedding: Embedding
    weight: float = 1.0


WeightedText = tuple[tuple[Fragment | WeightedEmbedding, ...], ...]
"""One prompt at one step: text and embeddings, weighted, in sections each of which begins a chunk.

`((),)` is the empty prompt.
"""
Rows = tuple[Tensor, ...]
"""Tensors with one row for each picture; a batch concatenates the pictures' first tensors, and so on."""


class Model(Protocol):
    """The networks of a checkpoint. Pictures lie along the first axis of a batch, and none sees another."""

    @property
    def networks(self) -> Mapping[str, Any]:
        """The networks by the names of their folders, such as `unet`."""

    @property
    def text_widths(self) -> tuple[int, ...]:
        """The width of a token's vector in each text tower."""

    @property
    def latent_channels(self) -> int:
        """The number of channels of the latents: 4 in Stable Diffusion."""

    @property
    def pixels_per_latent(self) -> int:
        """The width in pixels of the square that one latent stands for: 8 in Stable Diffusion."""

    @property
    def side(self) -> int:
        """The width and height in pixels of the pictures that the model was trained on."""

    @property
    def is_guidance_distilled(self) -> bool:
        """Whether it takes the guidance scale as an input, instead of being run twice for a step."""

    @property
    def fills_masks(self) -> bool:
        """Whether it takes a mask and the masked picture; then `canvas` is the last conditioning."""

    def encode_prompt(self, text: WeightedText, weighting: Weighting = Weighting.DARKROOM) -> Rows:
        """Encode one prompt: the towers' states, (1, 77 * chunks, width), then what else the model takes."""

    def added_conditioning(self, width: int, height: int, guidance_scale: float) -> Rows:
        """Give what else the model takes for a picture of this size in pixels, as the family has it."""

    def denoise(self, latents: Tensor, timesteps: Tensor, *conditioning: Tensor) -> Tensor:
        """Predict from latents (n, channels, h, w) at timesteps (n,) a tensor of the latents' shape.

        `conditioning` are the rows of `encode_prompt` followed by those of `added_conditioning`.
        """

    def canvas(self, pixels: Tensor, mask: Tensor, tile: int | None) -> Tensor:
        """Give the last conditioning of a model that fills masks, (1, 1 + channels, h, w).

        `pixels` (1, 3, height, width), -1 to 1, are 0 where they are masked, and `mask` (1, 1, h, w) is 1.
        """

    @property
    def autoencoder(self) -> Autoencoder:
        """The autoencoder, in two halves."""

    def decode(self, latents: Tensor, tile: int | None = None) -> Tensor:
        """Turn finished latents (n, channels, h, w) into pixels (n, 3, height, width), about -1 to 1.

        In tiles of `tile` cells a side it takes less memory, and the pixels are nearly the same.
        """

    def encode(self, pixels: Tensor, tile: int | None = None) -> Tensor:
        """Turn pixels (n, 3, height, width), -1 to 1, into their likeliest latents (n, channels, h, w)."""
