"""Drawings painted over by a checkpoint, so that everything stays where it is known to be."""

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import torch
from diffusers import AutoPipelineForImage2Image, DiffusionPipeline
from numpy.typing import NDArray
from PIL import Image

from pocket import WEIGHTS
from pocket.detectors.samples import Sample, labelled
from pocket.world.captions import caption
from pocket.world.drawing import SIZE, Drawing, draw
from pocket.world.scene import Scene

PAINTERS = tuple(WEIGHTS / name for name in ("pocket", "pocket-2", "pocket-xl"))
"""The checkpoints whose pictures detectors learn from."""
_BATCH = 32
_HEEDED = 7.5
"""Stable Diffusion's usual guidance."""


@torch.no_grad()
def paint_over(
    pipeline: DiffusionPipeline,
    drawings: Sequence[Drawing],
    strength: float,
    seed: int = 1,
    unwanted: str | None = None,
) -> list[NDArray[np.uint8]]:
    """Give pictures (128, 128, 3), uint8: image to image, with captions of the scenes.

    A checkpoint of larger pictures paints larger ones, which are scaled down. `unwanted` is a negative
    prompt, which is heeded as members' are.
    """
    painter = AutoPipelineForImage2Image.from_pipe(pipeline)
    painter.set_progress_bar_config(disable=True)
    side = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    rng, painted = Random(seed), []
    for i in range(0, len(drawings), _BATCH):
        part = drawings[i : i + _BATCH]
        painted += painter(
            [caption(drawing.scene, rng, complete=True) for drawing in part],
            image=[Image.fromarray(drawing.pixels).resize((side, side)) for drawing in part],
            strength=strength,
            negative_prompt=None if unwanted is None else [unwanted] * len(part),
            guidance_scale=4 if unwanted is None else _HEEDED,
            num_inference_steps=20,
            generator=[torch.Generator().manual_seed(seed + i + k) for k in range(len(part))],
        ).images
    return [np.asarray(picture.resize((SIZE, SIZE))) for picture in painted]


def painted_samples(
    pipeline: DiffusionPipeline,
    count: int,
    seed: int,
    scene: Callable[[Random], Scene],
    strengths: tuple[float, float],
    unwanted: Sequence[str | None] = (None,),
) -> list[Sample]:
    """So many to learn from, of such scenes, at strengths from the first to the second.

    `unwanted` are negative prompts, of which lots are drawn.
    """
    samples: list[Sample] = []
    rng = Random(f"painted {seed}")
    while len(samples) < count:
        few = range(min(_BATCH, count - len(samples)))
        drawings = [draw(scene(rng), rng.getrandbits(32)) for _ in few]
        strength, steered = rng.uniform(*strengths), rng.choice(unwanted)
        pictures = paint_over(pipeline, drawings, strength, rng.getrandbits(31), steered)
        samples += [labelled(drawing, picture) for drawing, picture in zip(drawings, pictures, strict=True)]
    return samples
