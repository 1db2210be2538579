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
_FEATHER = 8
"""Pixels, as rendered, from the mask's edge over which what differs there fades."""


class Region:
    """The part of a picture that a mask changes: `box` (left, top, right, bottom), rendered in `size`.

    `picture` is RGB, `mask` 8-bit grey of the same size, 255 where the picture shall change and 0 elsewhere,
    some of both. The box has the shape of `size`, unless the picture is too narrow for that.
    """

    def __init__(self, picture: Image.Image, mask: Image.Image, size: tuple[int, int]) -> None:
        self._picture, self._mask, self._size = picture, mask, size
        self.box = _box(mask, size)

    def start(self, strength: float) -> Start:
        """What is rendered of it, and which part of that: the mask, a little grown."""
        picture = self._picture.crop(self.box).resize(self._size, Image.Resampling.LANCZOS)
        return Start(picture, strength, self._grown())

    def put_back(self, rendered: Image.Image) -> Image.Image:
        """The picture, its masked pixels those of `rendered`; all others are what they were, bit for bit.

        Around the mask, in the part that changed along, the rendering differs a little from the picture. That
        difference is spread inwards and taken off, fading with the distance from the edge, so that no edge is
        seen (a cheap relative of Pérez et al., "Poisson Image Editing", SIGGRAPH 2003).
        """
        original = self._picture.crop(self.box)
        scale = original.width / self._size[0]
        mask = self._mask.crop(self.box)
        new = np.asarray(rendered.resize(original.size, Image.Resampling.LANCZOS)).astype(np.float32)
        changes = np.asarray(mask) > 0
        differs = filled(np.asarray(original).astype(np.float32) - new, ~changes)
        fading = 1 - _depth(mask, max(1.0, _FEATHER * scale))[..., None]
        patch = Image.fromarray((new + differs * fading).clip(0, 255).round().astype(np.uint8))
        whole = self._picture.copy()
        whole.paste(patch, self.box[:2], mask)
        return whole

    def _grown(self) -> Image.Image:
        width, height = self._size
        small = (-(-width // _GROWN), -(-height // _GROWN))
        touched = self._mask.crop(self.box).resize(small, Image.Resampling.BOX)
        grown = touched.point(lambda value: 255 if value else 0).filter(ImageFilter.MaxFilter(3))
        return grown.resize(self._size, Image.Resampling.NEAREST)


def _depth(mask: Image.Image, reach: float) -> NDArray[np.float32]:
    """How deep inside the mask a pixel lies: 0 at the edge to 1 from `reach` pixels on; (height, width)."""
    blurred = np.asarray(ImageChops.invert(mask).filter(ImageFilter.BoxBlur(reach))).astype(np.float32)
    depth: NDArray[np.float32] = (1 - blurred / 127).clip(0, 1)
    return depth


def _box(mask: Image.Image, size: tuple[int, int]) -> tuple[int, int, int, int]:
    bounds = mask.getbbox()
    assert bounds is not None, "an empty mask changes nothing"
    left, top, right, bottom = bounds
    shape = size[0] / size[1]
    width = max(_CONTEXT * (right - left), size[0] / _LARGEST_ZOOM)
    height = max(_CONTEXT * (bottom - top), size[1] / _LARGEST_ZOOM)
    width, height = max(width, height * shape), max(height, width / shape)
    across, down = min(round(width), mask.width), min(round(height), mask.height)
    x = min(max((left + right - across) // 2, 0), mask.width - across)
    y = min(max((top + bottom - down) // 2, 0), mask.height - down)
    return x, y, x + across, y + down
