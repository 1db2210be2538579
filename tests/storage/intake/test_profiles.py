"""Profiles made of a few numbers, read by LittleCMS."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from storage.intake.profiles import SRGB_CURVE, Chromaticity, gamma_curve, rgb_profile

D65 = (0.3127, 0.3290)
BT_709 = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))


def seen(profile: bytes, *colour: int) -> list[int]:
    """What sRGB shows of a colour, after LittleCMS."""
    image = Image.new("RGB", (1, 1), colour)
    read = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    shown = ImageCms.profileToProfile(image, read, ImageCms.createProfile("sRGB"))
    assert shown is not None
    found: list[int] = np.asarray(shown)[0, 0].astype(int).tolist()
    return found


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 90), (12, 140, 250)])
def test_the_numbers_of_srgb_change_nothing(colour: tuple[int, int, int]) -> None:
    assert np.abs(np.subtract(seen(rgb_profile(D65, BT_709, SRGB_CURVE), *colour), colour)).max() <= 1


def test_a_curve_says_how_much_light_a_value_is() -> None:
    linear = seen(rgb_profile(D65, BT_709, gamma_curve(1.0)), 55, 55, 55)
    assert np.abs(np.subtract(linear, 128)).max() <= 1, "55/255 of the light is 128 in sRGB"


def test_wider_primaries_make_more_vivid_colours() -> None:
    red, green, blue = seen(rgb_profile(D65, P3, SRGB_CURVE), 200, 100, 100)
    assert red > 205
    assert green < 97
    assert blue < 100


@pytest.mark.parametrize(
    ("white", "primaries"),
    [(D65, ((0.3, 0.3), (0.4, 0.4), (0.5, 0.5))), ((0.3, 0.0), BT_709), (D65, ((0.64, 0.0), *BT_709[1:]))],
)
def test_primaries_that_span_nothing_are_refused(
    white: Chromaticity, primaries: tuple[Chromaticity, ...]
) -> None:
    with pytest.raises(ValueError, match="primar"):
        rgb_profile(white, primaries, SRGB_CURVE)
