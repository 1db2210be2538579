"""Draws scenes of the pocket world, with the exact box and mask of every object."""

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gpuworker.pocket.world.backgrounds import paint_background
from gpuworker.pocket.world.scene import COLOURS, PLACES, SIZES, Scene, Thing
from gpuworker.pocket.world.shapes import DARK, SHAPES, Part

SIZE = 128
"""Width and height of a picture, in pixels."""
_SUPERSAMPLING = 4
_JITTER = 3
_OUTLINE = 1.5


@dataclass(frozen=True)
class Annotation:
    """Where a thing of a scene was drawn.

    `mask` is a boolean array (SIZE, SIZE), true where at least half of the pixel is covered; `box` is the
    tightest (left, top, right, bottom) around it, right and bottom exclusive.
    """

    thing: Thing
    mask: NDArray[np.bool_]
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Drawing:
    """A picture of a scene: `pixels` is uint8 (SIZE, SIZE, 3), RGB; one annotation per thing, in order."""

    scene: Scene
    pixels: NDArray[np.uint8]
    annotations: tuple[Annotation, ...]


def _paint(part: Part, colour: tuple[int, int, int]) -> tuple[int, ...]:
    if isinstance(part.paint, tuple):
        return part.paint
    return tuple(round(part.paint * channel) for channel in colour)


def _draw_thing(canvas: Image.Image, thing: Thing, rng: Random) -> Annotation:
    centre_x, centre_y = (c + rng.uniform(-_JITTER, _JITTER) for c in PLACES[thing.place])
    radius = SIZES[thing.size] * rng.uniform(0.95, 1.0)
    outlines = [
        [
            ((centre_x + radius * x) * _SUPERSAMPLING, (centre_y + radius * y) * _SUPERSAMPLING)
            for x, y in part.points
        ]
        for part in SHAPES[thing.kind]
    ]
    draw = ImageDraw.Draw(canvas)
    coverage = Image.new("L", canvas.size)
    draw_coverage = ImageDraw.Draw(coverage)
    # The dark line keeps a white star visible on snow. All lines come first, so that only the outside
    # of the whole object shows one.
    line_width = round(2 * _OUTLINE * _SUPERSAMPLING)
    for points in outlines:
        draw.line([*points, *points[:2]], fill=DARK, width=line_width, joint="curve")
    for part, points in zip(SHAPES[thing.kind], outlines, strict=True):
        draw.polygon(points, fill=_paint(part, COLOURS[thing.colour]))
        draw_coverage.polygon(points, fill=255)
    mask = np.asarray(coverage.reduce(_SUPERSAMPLING)) >= 128
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return Annotation(thing, mask, box)


def draw(scene: Scene, seed: int) -> Drawing:
    """Draw a scene. Equal scenes and seeds give equal pictures; other seeds move things by a few pixels."""
    rng = Random(seed)
    canvas = paint_background(scene.background, SIZE * _SUPERSAMPLING, rng)
    annotations = tuple(_draw_thing(canvas, thing, rng) for thing in scene.things)
    return Drawing(scene, np.asarray(canvas.reduce(_SUPERSAMPLING)), annotations)
