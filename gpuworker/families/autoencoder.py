"""The autoencoder in two halves: one at the scale of the latents, one at that of the pixels."""

from __future__ import annotations

from dataclasses import dataclass

from diffusers import AutoencoderKL
from torch import Tensor

from gpuworker.families.tiles import in_tiles


@dataclass(frozen=True, eq=False)
class Autoencoder:
    """Turns latents into pixels and back, whole or in tiles.

    The half at the scale of the pixels takes nearly all of the memory and has only convolutions, so it can
    run in tiles. The half at the scale of the latents has the attention, and always sees the whole picture.
    """

    vae: AutoencoderKL

    @property
    def pixels_per_latent(self) -> int:
        """The width in pixels of the square that one latent stands for."""
        return int(2 ** (len(self.vae.config.block_out_channels) - 1))

    def decode(self, latents: Tensor, tile: int | None) -> Tensor:
        """Turn latents (n, channels, h, w) into pixels (n, 3, height, width), in tiles of so many cells."""
        latents = (latents / self.vae.config.scaling_factor).to(self.vae.dtype)
        if tile is None:
            pixels: Tensor = self.vae.decode(latents, return_dict=False)[0]
            return pixels
        return in_tiles(
            self.decode_at_pixels, self.decode_at_latents(latents), tile, 1, self.pixels_per_latent
        )

    def encode(self, pixels: Tensor, tile: int | None) -> Tensor:
        """Turn pixels (n, 3, height, width) into the means of their latents (n, channels, h, w), fp32."""
        pixels = pixels.to(self.vae.device, self.vae.dtype)
        if tile is None:
            means = self.vae.encode(pixels, return_dict=False)[0].mode()
        else:
            means = self.encode_at_latents(
                in_tiles(self.encode_at_pixels, pixels, tile, self.pixels_per_latent, 1)
            )
        scaled: Tensor = means.float() * self.vae.config.scaling_factor
        return scaled

    def decode_at_latents(self, latents: Tensor) -> Tensor:
        """Run the first half of decoding, which gives features (n, channels, h, w)."""
        decoder = self.vae.decoder
        if self.vae.post_quant_conv is not None:
            latents = self.vae.post_quant_conv(latents)
        features: Tensor = decoder.mid_block(decoder.conv_in(latents), None)
        return features

    def decode_at_pixels(self, features: Tensor) -> Tensor:
        """Run the second half of decoding, which gives pixels (n, 3, height, width)."""
        decoder = self.vae.decoder
        for block in decoder.up_blocks:
            features = block(features, None)
        pixels: Tensor = decoder.conv_out(decoder.conv_act(decoder.conv_norm_out(features)))
        return pixels

    def encode_at_pixels(self, pixels: Tensor) -> Tensor:
        """Run the first half of encoding, which gives features (n, channels, h, w)."""
        features: Tensor = self.vae.encoder.conv_in(pixels)
        for block in self.vae.encoder.down_blocks:
            features = block(features)
        return features

    def encode_at_latents(self, features: Tensor) -> Tensor:
        """Run the second half of encoding, which gives the means of the latents (n, channels, h, w)."""
        encoder = self.vae.encoder
        features = encoder.conv_norm_out(encoder.mid_block(features.to(self.vae.dtype)))
        moments = encoder.conv_out(encoder.conv_act(features))
        if self.vae.quant_conv is not None:
            moments = self.vae.quant_conv(moments)
        means: Tensor = moments.chunk(2, dim=1)[0]
        return means
