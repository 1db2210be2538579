"""Pictures with boxes to learn from: drawings, worn as if a checkpoint had rendered them."""

from collections import deque
from collections.abc import Sequence
from io import BytesIO
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor

from pocket.detectors.truth import LABELS, boxes_of
from pocket.world.drawing import SIZE, Drawing, draw
from pocket.world.scene import Scene, random_figure_scene, random_scene

_FIGURE_SHARE, _GOOF_SHARE, _BARE_SHARE = 0.85, 0.55, 0.3
_BLUR_SHARE, _SHRINK_SHARE, _BLOTCH_SHARE, _NOISE_SHARE, _JPEG_SHARE = 0.35, 0.2, 0.3, 0.3, 0.2
_FARTHER_SHARE = 0.3
_KEPT = 4000
_LEAST_SIDE = 2.5
BLACK, GREY = (0, 0, 0), (114, 114, 114)
"""Of the padding that moderation and ultralytics put around pictures that are not square."""


class Sample(NamedTuple):
    """`pixels` is uint8 (128, 128, 3); `labels` (K,) are numbers, `boxes` (K, 4) left, top, right, bottom."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.float32]
    boxes: NDArray[np.float32]


def scene_to_find(rng: Random, held_out: bool = False, goofs: float = _GOOF_SHARE) -> Scene:
    """Give a scene, mostly with figures, of which more are bare and wrong than captions ask for."""
    if rng.random() < _FIGURE_SHARE:
        return random_figure_scene(rng, held_out, goofs, _BARE_SHARE)
    return random_scene(rng, rng.choice((1, 2)), held_out)


def sample_of(scene: Scene, seed: int) -> Sample:
    """Draw a scene."""
    drawing = draw(scene, seed)
    return labelled(drawing, drawing.pixels)


def labelled(drawing: Drawing, pixels: NDArray[np.uint8]) -> Sample:
    """Give a picture in which everything is where it is in a drawing."""
    found = boxes_of(drawing)
    labels = np.array([LABELS.index(label) for label, _ in found], np.float32)
    return Sample(pixels, labels, np.array([box for _, box in found], np.float32).reshape(-1, 4))


def wear(pixels: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    """Make a drawing soft, blotchy, noisy or blocky now and then, as rendered pictures are."""
    image = Image.fromarray(pixels)
    if rng.random() < _BLUR_SHARE:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5)))
    if rng.random() < _SHRINK_SHARE:
        side = rng.randint(SIZE // 2, SIZE - 1)
        image = image.resize((side, side), Image.Resampling.BICUBIC).resize(image.size)
    noise = np.random.default_rng(rng.getrandbits(32))
    if rng.random() < _BLOTCH_SHARE:
        spots = noise.normal(128, rng.uniform(3, 14), (16, 16, 3)).clip(0, 255).astype(np.uint8)
        large = np.asarray(Image.fromarray(spots).resize(image.size, Image.Resampling.BICUBIC), np.int16)
        image = Image.fromarray((np.asarray(image) + (large - 128)).clip(0, 255).astype(np.uint8))
    if rng.random() < _NOISE_SHARE:
        grain = noise.normal(0, rng.uniform(1, 9), (*image.size, 3))
        image = Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))
    if rng.random() < _JPEG_SHARE:
        file = BytesIO()
        image.save(file, "JPEG", quality=rng.randint(50, 95))
        image = Image.open(file).convert("RGB")
    return np.asarray(image)


def mirrored(sample: Sample) -> Sample:
    """Give the sample as a mirror shows it. No label has a side."""
    left, top, right, bottom = sample.boxes.T
    boxes = np.stack([SIZE - right, top, SIZE - left, bottom], 1)
    return Sample(sample.pixels[:, ::-1], sample.labels, boxes)


def farther(sample: Sample, rng: Random) -> Sample:
    """Give the sample as a part of a larger picture, half as wide at the least, and nothing around it.

    So are pictures seen that are not square, or were painted on around their edges.
    """
    side = rng.randint(SIZE // 2, SIZE - 1)
    x, y = rng.randint(0, SIZE - side), rng.randint(0, SIZE - side)
    image = Image.new("RGB", (SIZE, SIZE), rng.choice((BLACK, GREY, tuple(rng.randbytes(3)))))
    image.paste(Image.fromarray(sample.pixels).resize((side, side)), (x, y))
    boxes = sample.boxes * np.float32(side / SIZE) + np.array([x, y, x, y], np.float32)
    large = (boxes[:, 2:] - boxes[:, :2]).min(1) >= _LEAST_SIDE
    return Sample(np.asarray(image), sample.labels[large], boxes[large])


def as_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    """uint8 (N, H, W, 3) to what a YOLO takes: float32 (N, 3, H, W) in [0, 1], channels last in memory."""
    return torch.tensor(pixels).permute(0, 3, 1, 2).float() / 255


class Batches:
    """Batches of samples: a few drawn for each, the rest some of the last 4,000 drawn, worn differently.

    Drawing takes about half as long as learning from what was drawn. Where there are `painted` ones, half of
    each batch are.
    """

    def __init__(self, seed: int, size: int = 8, fresh: int = 2, painted: Sequence[Sample] = ()) -> None:
        self._rng = Random(seed)
        self._painted = painted
        self._size, self._fresh = size, fresh
        self._drawn: deque[Sample] = deque(maxlen=_KEPT)

    def next(self) -> dict[str, Tensor]:
        """`img`, `cls`, `bboxes` (centre, width and height in shares of the side) and `batch_idx` (whose)."""
        rng = self._rng
        while True:
            self._drawn += (sample_of(scene_to_find(rng), rng.getrandbits(32)) for _ in range(self._fresh))
            if len(self._drawn) >= self._size:
                break
        painted = self._size // 2 if self._painted else 0
        samples = [rng.choice(self._drawn) for _ in range(self._size - painted)]
        samples += [rng.choice(self._painted) for _ in range(painted)]
        samples = [mirrored(sample) if rng.random() < 0.5 else sample for sample in samples]
        samples = [farther(sample, rng) if rng.random() < _FARTHER_SHARE else sample for sample in samples]
        boxes = torch.tensor(np.concatenate([sample.boxes for sample in samples]))
        owners = [i for i, sample in enumerate(samples) for _ in sample.labels]
        return {
            "img": as_tensor(np.stack([wear(sample.pixels, rng) for sample in samples])),
            "cls": torch.tensor(np.concatenate([sample.labels for sample in samples])),
            "bboxes": torch.cat([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], 1) / SIZE,
            "batch_idx": torch.tensor(owners, dtype=torch.float32),
        }
