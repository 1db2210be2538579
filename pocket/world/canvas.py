"""A sheet that remembers what is painted where: every stroke leaves its colour and whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

UNITS = 128
"""Width and height of a square world, and the shorter side of any other: all coordinates are in these."""
DARK: Colour = (45, 40, 50)
"""Of every outline."""
_BACKGROUND = 255


@dataclass(frozen=True, eq=False)
class Region:
    """Something whose mask is wanted. Two regions of one name are two regions."""

    name: str


@dataclass(frozen=True)
class Ellipse:
    """An ellipse with level axes."""

    centre: Point
    radii: Point
    colour: Colour
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True)
class Line:
    """A thick line with round ends and joints."""

    points: tuple[Point, ...]
    width: float
    colour: Colour
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True)
class Polygon:
    """A filled polygon."""

    points: tuple[Point, ...]
    colour: Colour
    regions: tuple[Region, ...] = ()


Shape = Ellipse | Line | Polygon


class Canvas:
    """Paints shapes on a background, several times as large as the picture that it becomes.

    The fourth channel of an RGBX image, of no use otherwise, holds the number of the regions painted last.
    `across` and `down` are the width and height of the world in its units.
    """

    def __init__(self, background: Image.Image, supersampling: int) -> None:
        """Take over `background`, RGBX with X 255, `supersampling` times as wide and high as the picture."""
        self._image, self._draw = background, ImageDraw.Draw(background)
        self._supersampling = supersampling
        self._scale = min(background.size) / UNITS
        self.across, self.down = (side / self._scale for side in background.size)
        self._layers: dict[tuple[Region, ...], int] = {(): _BACKGROUND}

    def paint(self, shapes: Sequence[Shape], outline: float = 0.0, outlined: bool = True) -> None:
        """Paint shapes in turn, after a dark line of `outline` around all of them together.

        The line belongs to the regions of its shape if `outlined`, otherwise to none.
        """
        if outline:
            for shape in shapes:
                self._put(shape, DARK, shape.regions if outlined else (), outline)
        for shape in shapes:
            self._put(shape, shape.colour, shape.regions, 0.0)

    def _put(self, shape: Shape, colour: Colour, regions: tuple[Region, ...], more: float) -> None:
        ink = (*colour, self._layers.setdefault(regions, len(self._layers)))
        scale = self._scale
        if isinstance(shape, Ellipse):
            (x, y), (width, height) = shape.centre, shape.radii
            width, height = width + more, height + more
            box = (x - width) * scale, (y - height) * scale, (x + width) * scale, (y + height) * scale
            self._draw.ellipse(box, fill=ink)
            return
        points = [(x * scale, y * scale) for x, y in shape.points]
        if isinstance(shape, Line):
            width = (shape.width + 2 * more) * scale
            self._draw.line(points, fill=ink, width=round(width))
            for x, y in points:
                self._draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=ink)
        elif more:
            self._draw.line([*points, *points[:2]], fill=ink, width=round(2 * more * scale), joint="curve")
        else:
            self._draw.polygon(points, fill=ink)

    def picture(self) -> NDArray[np.uint8]:
        """Give the picture, uint8 (height, width, 3), RGB."""
        return np.asarray(self._image.reduce(self._supersampling).convert("RGB"))

    def masks(self, regions: Sequence[Region]) -> list[NDArray[np.bool_]]:
        """Say where each region can be seen: bool (height, width), true where a pixel's centre shows it."""
        width, height = (side // self._supersampling for side in self._image.size)
        numbers = np.asarray(self._image.resize((width, height), Image.Resampling.NEAREST))[:, :, 3]
        masks = []
        for region in regions:
            shows = np.zeros(_BACKGROUND + 1, np.bool_)
            shows[[number for layer, number in self._layers.items() if region in layer]] = True
            masks.append(shows.take(numbers))
        return masks

    def pixels(self, point: Point) -> Point:
        """Give a point of the world in pixels of the picture."""
        factor = self._scale / self._supersampling
        return point[0] * factor, point[1] * factor
