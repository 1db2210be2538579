"""Pairs to learn upscaling from: crops of large drawings, and the same crops small and a little worn."""

from io import BytesIO
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor

from pocket.tensors import to_tensor
from pocket.world.drawing import Drawing, draw
from pocket.world.scene import training_scene

SCALE = 4
LARGE = 512
"""Width and height of the drawings, in pixels; those of the pocket checkpoint's pictures are a quarter."""
_CROP = 32
_NEAR_SHARE = 0.6
_BLUR_SHARE, _NOISE_SHARE, _JPEG_SHARE = 0.3, 0.3, 0.2


class Pairs(NamedTuple):
    """`small` (N, 3, 32, 32) and `large` (N, 3, 128, 128), float32 in [0, 1], channels last in memory."""

    small: Tensor
    large: Tensor


def shrink(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give a picture (H, W, 3) at a quarter of its width and height: each pixel is the mean of 4 x 4."""
    return np.asarray(Image.fromarray(pixels).reduce(SCALE))


def wear(pixels: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    """Shrink a picture, and now and then blur it a little, add noise or pass it through JPEG.

    A mild form of Real-ESRGAN's degradations (Wang et al., arXiv 2107.10833): pictures come from a
    checkpoint's decoder or from Discord, not from a bad camera.
    """
    image = Image.fromarray(pixels)
    if rng.random() < _BLUR_SHARE:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2.5)))
    image = image.reduce(SCALE)
    if rng.random() < _NOISE_SHARE:
        noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(0.5, 4), (*image.size, 3))
        image = Image.fromarray((np.asarray(image) + noise).round().clip(0, 255).astype(np.uint8))
    if rng.random() < _JPEG_SHARE:
        file = BytesIO()
        image.save(file, "JPEG", quality=rng.randint(60, 95))
        image = Image.open(file).convert("RGB")
    return np.asarray(image)


def draw_pairs(seed: int, scenes: int = 2, crops: int = 4) -> Pairs:
    """`crops` pairs from each of `scenes` training scenes drawn for this seed, more than half near edges."""
    rng = Random(seed)
    small, large = [], []
    for _ in range(scenes):
        drawing = draw(training_scene(rng), rng.getrandbits(32), LARGE)
        worn = wear(drawing.pixels, rng)
        for _ in range(crops):
            x, y = _corner(drawing, rng)
            small.append(worn[y : y + _CROP, x : x + _CROP])
            right, bottom = SCALE * (x + _CROP), SCALE * (y + _CROP)
            large.append(drawing.pixels[SCALE * y : bottom, SCALE * x : right])
    return Pairs(*((to_tensor(np.stack(pixels)) + 1) / 2 for pixels in (small, large)))


def _corner(drawing: Drawing, rng: Random) -> tuple[int, int]:
    """Left and top of a crop, in pixels of the small picture: on the rim of something, or anywhere."""
    last = LARGE // SCALE - _CROP
    boxes = [annotation.box for annotation in drawing.annotations]
    boxes += [part.box for figure in drawing.figures for part in figure.parts]
    if not boxes or rng.random() > _NEAR_SHARE:
        return rng.randint(0, last), rng.randint(0, last)
    left, top, right, bottom = rng.choice(boxes)
    x, y = rng.choice((left, right)) // SCALE, rng.uniform(top, bottom) // SCALE
    return min(max(x - _CROP // 2, 0), last), min(max(round(y) - _CROP // 2, 0), last)
