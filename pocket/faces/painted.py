"""Faces that a checkpoint painted over, so that everybody stays where and who they are known to be."""

from __future__ import annotations

from random import Random

from diffusers import DiffusionPipeline

from pocket.detectors.painted import paint_over
from pocket.faces.samples import Sample, faces_of, scene_of_anybody
from pocket.world.drawing import draw
from pocket.world.scene import Scene, random_figure_scene

_BATCH = 32
_KNOWN = 0.6
"""Of the batches: of those known by name, whom a checkpoint keeps as they are however much it paints."""
_BY_NAME, _NAMELESS = (0.25, 0.6), (0.15, 0.35)
"""Least and largest strength."""


def painted_faces(pipeline: DiffusionPipeline, count: int, seed: int) -> list[Sample]:
    """Paint over so many drawings of people, in batches of one strength each."""
    samples: list[Sample] = []
    rng = Random(f"painted faces {seed}")
    while len(samples) < count:
        scene_of, strengths = (
            (_scene_of_known, _BY_NAME) if rng.random() < _KNOWN else (scene_of_anybody, _NAMELESS)
        )
        drawings = [
            draw(scene_of(rng), rng.getrandbits(32)) for _ in range(min(_BATCH, count - len(samples)))
        ]
        pictures = paint_over(pipeline, drawings, rng.uniform(*strengths), rng.getrandbits(31))
        samples += [
            Sample(picture, tuple(faces_of(drawing)))
            for drawing, picture in zip(drawings, pictures, strict=True)
        ]
    return samples


def _scene_of_known(rng: Random) -> Scene:
    return random_figure_scene(rng, known=1.0, portraits=0.4)
