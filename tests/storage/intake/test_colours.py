"""Colour profiles: what is kept has the colours that a browser shows."""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.storage.intake import icc
from tests.storage.intake.files import chunk, holes, png, seen, with_chunks, written

COLOURS = [
    (90, 160, 230),
    (200, 100, 50),
    (60, 170, 60),
    (250, 250, 250),
    (128, 128, 128),
    (20, 30, 10),
    (255, 0, 0),
]
OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 100, "subsampling": 0},
    "WEBP": {"lossless": True},
}
SPACES = [icc.ADOBE_RGB, icc.DISPLAY_P3, icc.PROPHOTO]


def fields(mode: str, colours: Sequence[tuple[int, ...]]) -> Image.Image:
    """Squares of 16 pixels in a row."""
    image = Image.new(mode, (16 * len(colours), 16))
    for index, colour in enumerate(colours):
        image.paste(colour if len(colour) > 1 else colour[0], (16 * index, 0, 16 * index + 16, 16))
    return image


def shown(data: bytes, count: int) -> list[np.ndarray[Any, Any]]:
    """The colour in the middle of each square."""
    pixels = seen(data)
    return [pixels[4:12, 16 * index + 4 : 16 * index + 12].mean(axis=(0, 1)) for index in range(count)]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "JPEG"])
@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_a_wide_space_is_seen_as_browsers_show_it(space: icc.Space, kind: str) -> None:
    options = OPTIONS.get(kind, {})
    data = written(fields("RGB", COLOURS), kind, icc_profile=space.profile(), **options)
    plain = shown(written(fields("RGB", COLOURS), kind, **options), len(COLOURS))
    for stored, colour, pixel in zip(plain, COLOURS, shown(data, len(COLOURS)), strict=True):
        # A JPEG's own colours are a step off.
        assert np.abs(stored - colour).max() < 2
        assert np.abs(pixel - space.seen(tuple(stored))).max() < 1.5, colour


def test_published_examples() -> None:
    """White is white in all of them; the red of sRGB is (219, 0, 0) in Adobe RGB."""
    data = written(fields("RGB", [(255, 255, 255), (0, 255, 0)]), icc_profile=icc.DISPLAY_P3.profile())
    white, green = shown(data, 2)
    assert np.abs(white - 255).max() < 1
    assert np.abs(green - (0, 255, 0)).max() < 1
    (red,) = shown(written(fields("RGB", [(219, 0, 0)]), icc_profile=icc.ADOBE_RGB.profile()), 1)
    assert np.abs(red - (255, 0, 0)).max() < 2


def test_a_profile_that_says_srgb_changes_no_bit() -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    assert (seen(written(image, icc_profile=icc.SRGB.profile())) == np.asarray(image)).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.6])
def test_grey_has_a_curve_of_its_own(kind: str, gamma: float) -> None:
    greys = [(10,), (60,), (128,), (200,), (255,)]
    options: dict[str, Any] = {"quality": 100} if kind == "JPEG" else {}
    data = written(fields("L", greys), kind, icc_profile=icc.grey_profile(gamma), **options)
    for (grey,), pixel in zip(greys, shown(data, len(greys)), strict=True):
        expected = icc.in_srgb(icc.D50 * (grey / 255) ** gamma)
        slope = 6 if gamma == 1 and grey < 20 else 1.5
        assert np.abs(pixel - expected).max() < slope, grey


def test_a_grey_jpeg_may_have_a_profile_for_rgb() -> None:
    data = written(fields("L", [(128,), (40,)]), "JPEG", quality=100, icc_profile=icc.PROPHOTO.profile())
    for grey, pixel in zip((128, 40), shown(data, 2), strict=True):
        assert np.abs(pixel - icc.PROPHOTO.seen((grey,) * 3)).max() < 1.5


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_inks_are_seen_as_they_are_printed(kind: str) -> None:
    profile = icc.table_profile(b"prtr", b"CMYK", 4, 6, icc.inks)
    colours = list(itertools.product((0, 102, 255), (0, 204), (0, 153), (0, 51, 255)))[:24]
    options: dict[str, Any] = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    data = written(fields("CMYK", colours[:7]), kind, icc_profile=profile, **options)
    for colour, pixel in zip(colours[:7], shown(data, 7), strict=True):
        expected = icc.in_srgb(icc.inks(*(each / 255 for each in colour)))
        # A JPEG's own colours are a step off.
        assert np.abs(pixel - expected).max() < (3.5 if kind == "JPEG" else 2), colour


def test_black_ink_is_not_stretched_to_black() -> None:
    """Browsers compensate no black point: paper printed black stays as light as the profile says."""
    profile = icc.table_profile(b"prtr", b"CMYK", 4, 6, icc.inks)
    (pixel,) = shown(written(fields("CMYK", [(0, 0, 0, 255)]), "TIFF", icc_profile=profile), 1)
    assert np.abs(pixel - icc.in_srgb(icc.inks(0, 0, 0, 1))).max() < 2
    assert pixel.min() > 50


def test_a_table_of_lab_for_rgb() -> None:
    """Scanners' profiles have no matrix but a table."""

    def scanned(red: float, green: float, blue: float) -> icc.Floats:
        light = np.array([red * 0.9, 0.1 * red + 0.9 * green, blue]) ** 1.6
        return np.linalg.solve(icc.TO_SRGB, light)

    profile = icc.table_profile(b"scnr", b"RGB ", 3, 16, scanned)
    colours = [(17, 34, 51), (255, 0, 119), (136, 136, 136), (238, 221, 204)]
    pixels = shown(written(fields("RGB", colours), icc_profile=profile), 4)
    for colour, pixel in zip(colours, pixels, strict=True):
        expected = icc.in_srgb(scanned(*(each / 255 for each in colour)))
        assert np.abs(pixel - expected).max() < 2, colour


def test_a_tiff_in_lab() -> None:
    colours = [(180, 10, 30), (90, 246, 200), (255, 0, 0), (128, 0, 0)]
    pixels = shown(
        written(
            fields("LAB", [(light, (a + 128) % 256, (b + 128) % 256) for light, a, b in colours]), "TIFF"
        ),
        4,
    )
    for (light, a, b), pixel in zip(colours, pixels, strict=True):
        signed = [each - 256 if each > 127 else each for each in (a, b)]
        expected = icc.in_srgb(icc.xyz_of(np.array([light / 2.55, *signed])))
        assert np.abs(pixel - expected).max() < 2


@pytest.mark.parametrize(
    "profile",
    [
        b"home address",
        bytes(128),
        icc.ADOBE_RGB.profile()[:200],
        icc.ADOBE_RGB.profile().replace(b"acsp", b"xxxx"),
        icc.ADOBE_RGB.profile().replace(b"mntr", b"link"),
        icc.ADOBE_RGB.profile().replace(b"mntr", b"nmcl"),
        icc.ADOBE_RGB.profile().replace(b"rXYZ", b"zXYZ"),
        icc.grey_profile(2.2),
        icc.table_profile(b"prtr", b"CMYK", 4, 2, icc.inks),
        icc.ADOBE_RGB.profile()[:128] + b"\xff" * 400,
    ],
    ids=["text", "zeros", "cut", "no signature", "link", "names", "no red", "grey", "inks", "broken table"],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_profile_that_makes_no_sense_is_none(profile: bytes, kind: str) -> None:
    plain = written(fields("RGB", COLOURS), kind)
    assert (seen(written(fields("RGB", COLOURS), kind, icc_profile=profile)) == seen(plain)).all()


def test_inks_without_a_profile_are_ideal_ones() -> None:
    colours = [(0, 0, 0, 0), (255, 0, 0, 0), (0, 128, 255, 0), (50, 100, 150, 60)]
    for (c, m, y, k), pixel in zip(colours, shown(written(fields("CMYK", colours), "TIFF"), 4), strict=True):
        expected = np.array([(255 - ink) * (255 - k) / 255 for ink in (c, m, y)])
        assert np.abs(pixel - expected).max() <= 1


def test_transparency_stays_where_it_is_when_colours_are_converted() -> None:
    image = fields("RGB", COLOURS).convert("RGBA")
    image.paste((0, 255, 0, 0), (0, 0, 4, 16))
    for kind in ("PNG", "WEBP", "TIFF"):
        options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
        data = written(image, kind, icc_profile=icc.ADOBE_RGB.profile(), **options)
        assert holes(data)[:, :4].all()
        assert not holes(data)[:, 4:].any()
        assert np.abs(seen(data)[8, 24] - icc.ADOBE_RGB.seen(COLOURS[1])).max() < 2


def test_a_palette_has_a_profile_too() -> None:
    image = fields("RGB", COLOURS).quantize(8, dither=Image.Dither.NONE)
    stored = np.asarray(image.convert("RGB"))
    data = written(image, icc_profile=icc.PROPHOTO.profile())
    for index, pixel in enumerate(shown(data, len(COLOURS))):
        assert np.abs(pixel - icc.PROPHOTO.seen(tuple(stored[8, 16 * index + 8]))).max() < 1.5


def rgb_rows(colour: tuple[int, int, int]) -> bytes:
    return (b"\0" + bytes(colour) * 16) * 16


def numbers(*values: float) -> bytes:
    return struct.pack(f">{len(values)}I", *(round(100_000 * value) for value in values))


def test_a_png_may_say_its_gamma_in_a_number() -> None:
    for gamma, colour in ((1.0, (20, 100, 200)), (1 / 1.8, (20, 100, 200)), (1 / 2.2, (20, 100, 200))):
        data = png((16, 16), 8, 2, rgb_rows(colour), chunk(b"gAMA", numbers(gamma)))
        expected = 255 * (np.array(colour) / 255) ** (1 / 2.2 / gamma)
        assert np.abs(seen(data)[8, 8] - expected).max() <= 1, gamma


def test_a_png_may_say_its_primaries_in_numbers() -> None:
    adobe = numbers(0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
    data = png(
        (16, 16), 8, 2, rgb_rows((90, 160, 230)), chunk(b"gAMA", numbers(256 / 563)), chunk(b"cHRM", adobe)
    )
    assert np.abs(seen(data)[8, 8] - icc.ADOBE_RGB.seen((90, 160, 230))).max() < 2
    said_srgb = with_chunks(data, chunk(b"sRGB", b"\0"))
    assert (seen(said_srgb)[8, 8] == (90, 160, 230)).all()


@pytest.mark.parametrize("corners", [bytes(32), b"\xff" * 32, numbers(*([0.3] * 8))])
def test_primaries_that_make_no_sense_are_none(corners: bytes) -> None:
    data = png(
        (16, 16), 8, 2, rgb_rows((90, 160, 230)), chunk(b"gAMA", numbers(1 / 2.2)), chunk(b"cHRM", corners)
    )
    assert (seen(data)[8, 8] == (90, 160, 230)).all()


def test_a_png_may_say_its_space_by_number() -> None:
    data = png((16, 16), 8, 2, rgb_rows((90, 160, 230)), chunk(b"cICP", bytes((12, 13, 0, 1))))
    assert np.abs(seen(data)[8, 8] - icc.DISPLAY_P3.seen((90, 160, 230))).max() < 1.5


def test_a_large_profile_is_read_as_long_as_it_says_it_is() -> None:
    profile = icc.ADOBE_RGB.profile()
    large = struct.pack(">I", 1_400_000) + profile[4:] + bytes(1_400_000 - len(profile))
    data = png((16, 16), 8, 2, rgb_rows((90, 160, 230)), chunk(b"iCCP", b"big\0\0" + zlib.compress(large)))
    assert np.abs(seen(data)[8, 8] - icc.ADOBE_RGB.seen((90, 160, 230))).max() < 2


@pytest.mark.parametrize("claimed", [0, 127, 9_000_000, 2**32 - 1])
def test_a_profile_of_an_impossible_length_is_left_out(claimed: int) -> None:
    body = struct.pack(">I", claimed) + icc.ADOBE_RGB.profile()[4:] + bytes(60_000_000)
    data = png((16, 16), 8, 2, rgb_rows((90, 160, 230)), chunk(b"iCCP", b"bomb\0\0" + zlib.compress(body)))
    assert (seen(data)[8, 8] == (90, 160, 230)).all()
