"""Colours as they are meant: a file's pixels in sRGB, by its ICC profile."""

from __future__ import annotations

import functools
import io

import numpy as np
from PIL import Image, ImageCms

_KINDS = {b"scnr", b"mntr", b"prtr", b"spac"}
"""Classes of profiles that say what a pixel looks like: of scanners, screens, printers and colour spaces."""
_SPACES = {"L": b"GRAY", "RGB": b"RGB ", "CMYK": b"CMYK"}
LARGEST_PROFILE = 8_000_000
"""Bytes. Those of printers have up to about three million."""
_INVISIBLE = 1
"""Of 255: a profile that moves no colour by more is sRGB in other words."""


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert L, RGB, CMYK or LAB to RGB, by the profile if it is one for such pixels.

    Otherwise grey and RGB are taken as sRGB and CMYK as ideal inks, as browsers do. The picture may be
    changed in place.
    """
    if image.mode == "LAB":
        return _applied(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if profile is not None and len(profile) <= LARGEST_PROFILE:
        space, kind = profile[16:20], profile[12:16]
        if kind in _KINDS and space == b"RGB " and image.mode == "L":
            image = image.convert("RGB")
        if kind in _KINDS and space == _SPACES[image.mode]:
            try:
                return _applied(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
            except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
                pass
    return image.convert("RGB")


def _applied(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    """Apply the profile's perceptual tables, finely enough that no value is off by 1 in 255."""
    transform = ImageCms.buildTransform(
        profile,
        _srgb(),
        image.mode,
        "RGB",
        ImageCms.Intent.PERCEPTUAL,
        ImageCms.Flags.HIGHRESPRECALC,
    )
    if image.mode == "RGB" and _changes_nothing(transform):
        return image
    if image.mode == "RGB":
        ImageCms.applyTransform(image, transform, inPlace=True)
        return image
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None
    return converted


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = np.linspace(0, 255, 16).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(64, 64, 3)
    seen = ImageCms.applyTransform(Image.fromarray(colours), transform)
    return bool(np.abs(np.asarray(seen).astype(int) - colours).max() <= _INVISIBLE)


@functools.cache
def _srgb() -> ImageCms.ImageCmsProfile:
    """Give LittleCMS's own sRGB, as version 2.

    Between profiles of version 4 LittleCMS stretches black to black; browsers do not.
    """
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[8] = 2
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))
