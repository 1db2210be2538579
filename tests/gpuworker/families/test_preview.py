"""A linear map of latents to colours."""

from __future__ import annotations

import torch

from gpuworker.families.preview import Preview


def test_each_latent_is_a_pixel_of_its_colour() -> None:
    preview = Preview(weight=((0.1, 0.0, 0.0), (0.0, 0.2, 0.0)), bias=(0.5, 0.25, 0.0))
    latents = torch.zeros(1, 2, 2, 3)
    latents[0, 0, 0, 0] = 3.0
    latents[0, 1, 1, 2] = -1.0
    picture = preview.picture(latents)
    assert picture.size == (3, 2)
    assert picture.getpixel((0, 0)) == (204, 64, 0)
    assert picture.getpixel((2, 1)) == (128, 13, 0)
    assert picture.getpixel((1, 0)) == (128, 64, 0)


def test_what_is_out_of_range_is_black_or_white() -> None:
    preview = Preview.grey(1)
    latents = torch.tensor([1e9, -1e9, float("inf"), float("nan")]).reshape(1, 1, 1, 4).half()
    grey = [preview.picture(latents).getpixel((x, 0)) for x in range(4)]
    assert grey == [(255,) * 3, (0,) * 3, (255,) * 3, (0,) * 3]


def test_a_map_to_signed_colours_is_shifted() -> None:
    assert Preview.of_signed_rgb(((0.4, -0.2, 1.0),), (0.0, 1.0, -1.0)) == Preview(
        weight=((0.2, -0.1, 0.5),), bias=(0.5, 1.0, 0.0)
    )


def test_grey_shows_latents_of_any_count_alike() -> None:
    """Latents have unit variance: whatever their number, the sum spreads as far."""
    torch.manual_seed(0)
    for channels in (4, 16):
        picture = Preview.grey(channels).picture(torch.randn(1, channels, 64, 64)).convert("L")
        low, high = picture.getextrema()
        assert (low, high) == (0, 255)
        histogram = picture.histogram()
        assert 0.25 < sum(histogram[64:192]) / 64**2 < 0.55
