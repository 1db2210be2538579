"""The autoencoder in two halves: one works at the scale of the latents, one where the pixels are."""

from __future__ import annotations

from dataclasses import dataclass

from diffusers import AutoencoderKL
from torch import Tensor

from gpuworker.families.tiles import in_tiles


@dataclass(frozen=True, eq=False)
class Autoencoder:
    """Latents to pixels and back, whole or in tiles.

    Nearly all memory goes where the pixels are, and there are only convolutions: that half runs in tiles. The
    half at the scale of the latents, which has the attention, always sees all of the picture.
    """

    vae: AutoencoderKL

    @property
    def pixels_per_latent(self) -> int:
        """Pixels along a side that one latent stands for."""
        return int(2 ** (len(self.vae.config.block_out_channels) - 1))

    def decode(self, latents: Tensor, tile: int | None) -> Tensor:
        """Latents (n, channels, h, w) to pixels (n, 3, height, width); in tiles of so many cells."""
        latents = (latents / self.vae.config.scaling_factor).to(self.vae.dtype)
        if tile is None:
            pixels: Tensor = self.vae.decode(latents, return_dict=False)[0]
            return pixels
        return in_tiles(self.draw, self.unpack(latents), tile, 1, self.pixels_per_latent)

    def encode(self, pixels: Tensor, tile: int | None) -> Tensor:
        """Pixels (n, 3, height, width) to the means of their latents (n, channels, h, w), fp32."""
        pixels = pixels.to(self.vae.device, self.vae.dtype)
        if tile is None:
            means = self.vae.encode(pixels, return_dict=False)[0].mode()
        else:
            means = self.pack(in_tiles(self.look, pixels, tile, self.pixels_per_latent, 1))
        scaled: Tensor = means.float() * self.vae.config.scaling_factor
        return scaled

    def unpack(self, latents: Tensor) -> Tensor:
        """The first half of decoding: features (n, channels, h, w)."""
        decoder = self.vae.decoder
        if self.vae.post_quant_conv is not None:
            latents = self.vae.post_quant_conv(latents)
        features: Tensor = decoder.mid_block(decoder.conv_in(latents), None)
        return features

    def draw(self, features: Tensor) -> Tensor:
        """The second half: pixels (n, 3, height, width)."""
        decoder = self.vae.decoder
        for block in decoder.up_blocks:
            features = block(features, None)
        pixels: Tensor = decoder.conv_out(decoder.conv_act(decoder.conv_norm_out(features)))
        return pixels

    def look(self, pixels: Tensor) -> Tensor:
        """The first half of encoding: features (n, channels, h, w)."""
        features: Tensor = self.vae.encoder.conv_in(pixels)
        for block in self.vae.encoder.down_blocks:
            features = block(features)
        return features

    def pack(self, features: Tensor) -> Tensor:
        """The second half: the means of the latents (n, channels, h, w)."""
        encoder = self.vae.encoder
        features = encoder.conv_norm_out(encoder.mid_block(features.to(self.vae.dtype)))
        moments = encoder.conv_out(encoder.conv_act(features))
        if self.vae.quant_conv is not None:
            moments = self.vae.quant_conv(moments)
        means: Tensor = moments.chunk(2, dim=1)[0]
        return means
