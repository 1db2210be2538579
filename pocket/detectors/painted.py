"""Drawings painted over by a checkpoint, so that everything stays where it is known to be."""

from collections.abc import Sequence
from random import Random

import numpy as np
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from numpy.typing import NDArray
from PIL import Image

from pocket.detectors.samples import Sample, labelled, scene_to_find
from pocket.world.captions import caption
from pocket.world.drawing import Drawing, draw

_BATCH = 32
_LEARNED_FROM = (0.25, 0.4)
"""Strengths. In more noise, hands that were there may be gone, and a detector would learn to imagine them."""


@torch.no_grad()
def paint_over(
    pipeline: StableDiffusionPipeline, drawings: Sequence[Drawing], strength: float, seed: int = 1
) -> list[NDArray[np.uint8]]:
    """Give pictures (128, 128, 3), uint8: image to image, with captions of the scenes."""
    painter = StableDiffusionImg2ImgPipeline(**pipeline.components, requires_safety_checker=False)
    painter.set_progress_bar_config(disable=True)
    rng, painted = Random(seed), []
    for i in range(0, len(drawings), _BATCH):
        part = drawings[i : i + _BATCH]
        painted += painter(
            [caption(drawing.scene, rng, complete=True) for drawing in part],
            [Image.fromarray(drawing.pixels) for drawing in part],
            strength=strength,
            guidance_scale=4,
            num_inference_steps=20,
            generator=[torch.Generator().manual_seed(seed + i + k) for k in range(len(part))],
        ).images
    return [np.asarray(picture) for picture in painted]


def painted_samples(pipeline: StableDiffusionPipeline, count: int, seed: int) -> list[Sample]:
    """So many to learn from, of scenes that are not held out, at several strengths."""
    samples: list[Sample] = []
    rng = Random(f"painted {seed}")
    while len(samples) < count:
        few = range(min(_BATCH, count - len(samples)))
        drawings = [draw(scene_to_find(rng), rng.getrandbits(32)) for _ in few]
        pictures = paint_over(pipeline, drawings, rng.uniform(*_LEARNED_FROM), rng.getrandbits(31))
        samples += [labelled(drawing, picture) for drawing, picture in zip(drawings, pictures, strict=True)]
    return samples
