"""The outlines of the pocket world's objects."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pocket.world.canvas import DARK, Colour, Point

WOOD: Colour = (110, 70, 40)
LIT: Colour = (255, 240, 170)


@dataclass(frozen=True)
class Part:
    """A polygon of an object.

    Points are (x, y) with x to the right and y downwards, within the unit circle around the object's
    centre. `paint` is a colour of its own, or a factor by which the object's colour is darkened.
    """

    points: tuple[Point, ...]
    paint: Colour | float = 1.0


def _ellipse(x: float, y: float, radius: float, squash: float = 1.0) -> tuple[Point, ...]:
    turns = [2 * math.pi * i / 40 for i in range(40)]
    return tuple((x + radius * math.cos(t), y + radius * squash * math.sin(t)) for t in turns)


def _rectangle(left: float, top: float, right: float, bottom: float) -> tuple[Point, ...]:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _star(points: int, inner: float) -> tuple[Point, ...]:
    corners = range(2 * points)
    return tuple(
        (radius * math.sin(math.pi * i / points), -radius * math.cos(math.pi * i / points))
        for i, radius in zip(corners, [1.0, inner] * points, strict=True)
    )


def _heart() -> tuple[Point, ...]:
    turns: Sequence[float] = [2 * math.pi * i / 48 for i in range(48)]
    return tuple(
        (
            0.94 * math.sin(t) ** 3,
            -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 17 - 0.08,
        )
        for t in turns
    )


SHAPES: dict[str, tuple[Part, ...]] = {
    "circle": (Part(_ellipse(0, 0, 0.92)),),
    "square": (Part(_rectangle(-0.8, -0.8, 0.8, 0.8)),),
    "triangle": (Part(((0, -0.95), (0.95, 0.75), (-0.95, 0.75))),),
    "star": (Part(_star(5, 0.42)),),
    "heart": (Part(_heart()),),
    "tree": (
        Part(_rectangle(-0.17, 0.05, 0.17, 1.0), WOOD),
        Part(_ellipse(-0.38, -0.12, 0.42)),
        Part(_ellipse(0.38, -0.12, 0.42)),
        Part(_ellipse(0, -0.5, 0.46)),
    ),
    "house": (
        Part(_rectangle(-0.68, -0.15, 0.68, 0.9)),
        Part(((0, -0.98), (0.95, -0.1), (-0.95, -0.1)), 0.55),
        Part(_rectangle(-0.45, 0.25, -0.08, 0.9), DARK),
        Part(_rectangle(0.15, 0.15, 0.5, 0.5), LIT),
    ),
    "boat": (
        Part(_rectangle(-0.1, -0.95, 0.02, 0.5), DARK),
        Part(((0.1, -0.9), (0.85, 0.25), (0.1, 0.25))),
        Part(((-0.98, 0.42), (0.98, 0.42), (0.6, 0.92), (-0.6, 0.92))),
    ),
}
"""Parts of each kind, painted in this order."""
