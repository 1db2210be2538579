"""The masked part of a picture: cut out with what is around it, rendered large, and put back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from gpuworker.engine.request import Start
from storage.holes import filled

_CONTEXT = 2.0
"""Sides of what is cut out, to those of the mask's box: a model needs to see what it continues."""
_LARGEST_ZOOM = 4
"""Of a small mask's surroundings: pictures made of fewer pixels are none that a model knows."""
_GROWN = 8
"""Pixels, as rendered, around the mask that change along, so that both sides of its edge are of one piece."""
FEATHER = 8
"""Pixels, as rendered, from the mask's edge over which what differs there fades."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels; right and bottom are exclusive."""


class Region:
    """The part of a picture that a mask changes: `box`, rendered in `size`, width and height.

    `mask` is 8-bit grey, of the picture's size, 255 where the picture shall change and 0 elsewhere, some of
    both; what of it is in the box remains. If no box is given it has the shape of `size`, unless the picture
    is too narrow for that, with as much again around the mask.
    """

    def __init__(self, mask: Image.Image, size: tuple[int, int], box: Box | None = None) -> None:
        self.box = box or surroundings(bounds_of(mask), mask.size, size)
        self.mask, self._size = mask.crop(self.box), size

    def start(self, picture: Image.Image, strength: float) -> Start:
        """Give what is rendered of an RGB picture, and which part of that: the mask, a little grown."""
        part = self._begun(picture.crop(self.box)).resize(self._size, Image.Resampling.LANCZOS)
        return Start(part, strength, self._grown())

    def put_back(self, picture: Image.Image, rendered: Image.Image) -> Image.Image:
        """Give the picture with its masked pixels from `rendered`; all others are as before, bit for bit.

        Around the mask, in the part that changed along, the rendering differs a little from the picture. That
        difference is spread inwards and taken off, fading with the distance from the edge, so that no edge is
        seen (a cheap relative of Pérez et al., "Poisson Image Editing", SIGGRAPH 2003).
        """
        original = picture.crop(self.box)
        scale = original.width / self._size[0]
        new = np.asarray(rendered.resize(original.size, Image.Resampling.LANCZOS)).astype(np.float32)
        matched = new + self._off(np.asarray(original).astype(np.float32) - new, scale)
        patch = Image.fromarray(matched.clip(0, 255).round().astype(np.uint8))
        whole = picture.copy()
        whole.paste(patch, self.box[:2], self.mask)
        return whole

    def _begun(self, part: Image.Image) -> Image.Image:
        """Give what is painted over, where the mask is."""
        return part

    def _off(self, differs: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
        """Give what is taken off where picture and rendering differ so, (height, width, channels).

        `scale` is the width of a rendered pixel in the picture.
        """
        return filled(differs, np.asarray(self.mask) == 0) * self._fading(FEATHER * scale)

    def _fading(self, reach: float) -> NDArray[np.float32]:
        """Fade from 1 at the mask's edge to 0 at `reach` pixels inwards: (height, width, 1)."""
        blurred = np.asarray(ImageChops.invert(self.mask).filter(ImageFilter.BoxBlur(max(1.0, reach))))
        fading: NDArray[np.float32] = (blurred.astype(np.float32) / 127).clip(0, 1)[..., None]
        return fading

    def _grown(self) -> Image.Image:
        width, height = self._size
        small = (-(-width // _GROWN), -(-height // _GROWN))
        touched = self.mask.resize(small, Image.Resampling.BOX)
        grown = touched.point(lambda value: 255 if value else 0).filter(ImageFilter.MaxFilter(3))
        return grown.resize(self._size, Image.Resampling.NEAREST)


def surroundings(
    bounds: Box, picture: tuple[int, int], size: tuple[int, int], context: float = _CONTEXT
) -> Box:
    """Give what is cut out around the bounds of a mask in a picture, to be rendered in `size`.

    Its sides are `context` times those of the bounds, or more.
    """
    left, top, right, bottom = bounds
    shape = size[0] / size[1]
    width = max(context * (right - left), size[0] / _LARGEST_ZOOM)
    height = max(context * (bottom - top), size[1] / _LARGEST_ZOOM)
    width, height = max(width, height * shape), max(height, width / shape)
    across, down = min(round(width), picture[0]), min(round(height), picture[1])
    x = min(max((left + right - across) // 2, 0), picture[0] - across)
    y = min(max((top + bottom - down) // 2, 0), picture[1] - down)
    return x, y, x + across, y + down


def bounds_of(mask: Image.Image) -> Box:
    """Give the box around a mask that is not empty."""
    bounds = mask.getbbox()
    assert bounds is not None, "an empty mask changes nothing"
    return bounds
