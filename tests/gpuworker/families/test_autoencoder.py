"""The halves of the autoencoder together are the autoencoder, whole or in tiles."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from gpuworker.families.autoencoder import Autoencoder
from tests.gpuworker.tiny import new_vae

VAES: dict[str, dict[str, Any]] = {
    "as published": {},
    "without convolutions between": {"use_quant_conv": False, "use_post_quant_conv": False},
    "a quarter as wide": {"stages": 3, "latent_channels": 8, "scaling_factor": 0.5},
}


@pytest.fixture(params=list(VAES))
def autoencoder(request: pytest.FixtureRequest) -> Autoencoder:
    torch.manual_seed(4)
    return Autoencoder(new_vae(**VAES[request.param]).eval())


@torch.inference_mode()
def test_decoding_is_its_two_halves(autoencoder: Autoencoder) -> None:
    latents = torch.randn(2, autoencoder.vae.config.latent_channels, 6, 10)
    pixels = autoencoder.decode(latents, None)
    assert pixels.shape == (2, 3, 6 * autoencoder.pixels_per_latent, 10 * autoencoder.pixels_per_latent)
    scaled = latents / autoencoder.vae.config.scaling_factor
    halves = autoencoder.decode_at_pixels(autoencoder.decode_at_latents(scaled))
    assert torch.allclose(halves, pixels, atol=1e-5)
    assert torch.allclose(autoencoder.vae.decode(scaled).sample, pixels)


@torch.inference_mode()
def test_encoding_is_its_two_halves(autoencoder: Autoencoder) -> None:
    side = autoencoder.pixels_per_latent
    pixels = torch.rand(2, 3, 6 * side, 10 * side) * 2 - 1
    latents = autoencoder.encode(pixels, None)
    assert latents.shape == (2, autoencoder.vae.config.latent_channels, 6, 10)
    scale = autoencoder.vae.config.scaling_factor
    halves = autoencoder.encode_at_latents(autoencoder.encode_at_pixels(pixels))
    assert torch.allclose(halves * scale, latents, atol=1e-5)
    assert torch.allclose(autoencoder.vae.encode(pixels).latent_dist.mean * scale, latents)


@torch.inference_mode()
def test_one_tile_is_the_whole(autoencoder: Autoencoder) -> None:
    latents = torch.randn(1, autoencoder.vae.config.latent_channels, 24, 24)
    pixels = autoencoder.decode(latents, None)
    assert torch.allclose(autoencoder.decode(latents, 24), pixels, atol=1e-4)
    assert torch.allclose(autoencoder.encode(pixels, 24), autoencoder.encode(pixels, None), atol=1e-4)
