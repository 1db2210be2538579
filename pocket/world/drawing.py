"""Draws scenes of the pocket world, with the exact box and mask of everything in them."""

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from pocket.world.backgrounds import paint_background
from pocket.world.canvas import UNITS, Canvas, Point, Polygon, Region
from pocket.world.figures import paint_figure
from pocket.world.scene import COLOURS, PLACES, SIZES, Figure, Scene, Thing
from pocket.world.shapes import SHAPES, Part

SIZE = 128
"""Width and height of a picture, in pixels, unless another is asked for."""
_JITTER = 3
_OUTLINE = 1.5

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Annotation:
    """Where a thing of a scene was drawn.

    `mask` is a boolean array (height, width), true where a pixel's centre shows the thing, its outline not
    counted; `box` is the tightest (left, top, right, bottom) around it, right and bottom exclusive.
    """

    thing: Thing
    mask: NDArray[np.bool_]
    box: Box


@dataclass(frozen=True)
class PartAnnotation:
    """What can be seen of one part of a figure, outline included.

    Names are "head", "face", "left eye", "right eye", "mouth", "torso", and "left" and "right" "arm", "hand"
    and "leg"; also "hair" and "clothes" (all that has the colour of the figure's clothes). Left and right are
    those of the picture, not the figure's own. An arm has no hand in it and a torso no limbs; a head has its
    face, hair and hat, a face its eyes and mouth. Limbs too many have the same names again.
    """

    name: str
    mask: NDArray[np.bool_]
    box: Box


@dataclass(frozen=True)
class FigureAnnotation:
    """Where a figure was drawn: all of it, each part that can be seen, and its joints.

    `keypoints` are (x, y) in pixels, by the names of COCO's 17 ("nose", "left_eye", "right_shoulder" ...).
    There, as everywhere in COCO, left is the figure's own, which is on the right of the picture. Points of
    missing limbs, and outside of the picture, are left out.
    """

    figure: Figure
    mask: NDArray[np.bool_]
    box: Box
    parts: tuple[PartAnnotation, ...]
    keypoints: dict[str, Point]

    def count(self, kind: str) -> int:
        """Say how many parts of a kind ("arm", "hand", "leg", "head", "eye" ...) can be seen."""
        return sum(part.name.split()[-1] == kind for part in self.parts)


@dataclass(frozen=True)
class Drawing:
    """A picture of a scene: `pixels` is uint8 (height, width, 3), RGB; an annotation per thing and figure."""

    scene: Scene
    pixels: NDArray[np.uint8]
    annotations: tuple[Annotation, ...]
    figures: tuple[FigureAnnotation, ...] = ()


def right_counts(character: str) -> dict[str, int]:
    """Say how many heads, arms, hands and legs a whole figure of this character should have."""
    arms = 4 if character == "deity" else 2
    return {"head": 1, "arm": arms, "hand": arms, "leg": 2}


def _paint(part: Part, colour: tuple[int, int, int]) -> tuple[int, int, int]:
    if isinstance(part.paint, tuple):
        return part.paint
    red, green, blue = (round(part.paint * channel) for channel in colour)
    return red, green, blue


def _draw_thing(canvas: Canvas, thing: Thing, rng: Random) -> Region:
    stretch = canvas.across / UNITS, canvas.down / UNITS
    centre_x, centre_y = (
        c * longer + rng.uniform(-_JITTER, _JITTER)
        for c, longer in zip(PLACES[thing.place], stretch, strict=True)
    )
    radius = SIZES[thing.size] * rng.uniform(0.95, 1.0)
    region = Region("thing")
    shapes = [
        Polygon(
            tuple((centre_x + radius * x, centre_y + radius * y) for x, y in part.points),
            _paint(part, COLOURS[thing.colour]),
            (region,),
        )
        for part in SHAPES[thing.kind]
    ]
    # The dark line keeps a white star visible on snow.
    canvas.paint(shapes, _OUTLINE, outlined=False)
    return region


def box_of(mask: NDArray[np.bool_]) -> Box:
    """Give the tightest (left, top, right, bottom) around what is true, right and bottom exclusive."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def draw(scene: Scene, seed: int, size: int | tuple[int, int] = SIZE, backdrop: str | None = None) -> Drawing:
    """Draw a scene, `size` pixels wide and high, or as wide and as high as its two numbers.

    Equal scenes and seeds give equal compositions at each size of a shape; other seeds move things by a few
    pixels and give figures other proportions, angles, skin and hair. `backdrop` is another background to
    draw all of that on, where a scene of that background would move it.
    """
    rng = Random(seed)
    across, down = (size, size) if isinstance(size, int) else size
    supersampling = 4 if min(across, down) < 256 else 2
    sheet_size = across * supersampling, down * supersampling
    sheet = paint_background(scene.background, sheet_size, rng)
    if backdrop not in (None, scene.background):
        sheet = paint_background(backdrop, sheet_size, Random(seed))
    canvas = Canvas(sheet, supersampling)
    regions = [_draw_thing(canvas, thing, rng) for thing in scene.things]
    bodies = [paint_figure(canvas, figure, scene.portrait, rng) for figure in scene.figures]
    things = tuple(
        Annotation(thing, mask, box_of(mask))
        for thing, mask in zip(scene.things, canvas.masks(regions), strict=True)
    )
    figures = []
    for figure, body in zip(scene.figures, bodies, strict=True):
        whole, *masks = canvas.masks([body.whole, *body.parts])
        parts = tuple(
            PartAnnotation(part.name, mask, box_of(mask))
            for part, mask in zip(body.parts, masks, strict=True)
            if mask.any()
        )
        points = {name: canvas.pixels(point) for name, point in body.keypoints.items()}
        inside = {name: (x, y) for name, (x, y) in points.items() if 0 <= x < across and 0 <= y < down}
        figures.append(FigureAnnotation(figure, whole, box_of(whole), parts, inside))
    return Drawing(scene, canvas.picture(), things, tuple(figures))
