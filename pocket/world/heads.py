"""Heads: hair, faces and what is worn on them."""

import math
from dataclasses import dataclass, field
from random import Random

from pocket.world.canvas import DARK, Canvas, Colour, Ellipse, Line, Point, Polygon, Region, Shape
from pocket.world.known import BLACK, Look

_LIPS: Colour = (170, 50, 60)
_OPEN: Colour = (120, 30, 40)
_WHITE: Colour = (255, 255, 255)
_BLUSH: Colour = (240, 110, 110)
_EYE = 0.4
_IRISES: tuple[Colour, ...] = ((50, 34, 28), (30, 70, 120), (30, 90, 60))


def shade(colour: Colour, factor: float) -> Colour:
    """Give a colour made darker by a factor below 1, or lighter by one above."""
    return tuple(min(255, round(channel * factor)) for channel in colour)  # type: ignore[return-value]


@dataclass(frozen=True)
class Head:
    """A head at `centre` with `radius`, in units of the world; its own coordinates are in radii."""

    centre: Point
    radius: float
    look: Look
    figure: Region
    outline: float
    head: Region = field(default_factory=lambda: Region("head"))
    hair: Region = field(default_factory=lambda: Region("hair"))
    face: Region = field(default_factory=lambda: Region("face"))
    eyes: tuple[Region, Region] = field(default_factory=lambda: (Region("left eye"), Region("right eye")))
    mouth: Region = field(default_factory=lambda: Region("mouth"))

    @property
    def regions(self) -> tuple[Region, ...]:
        """All that the head is made of."""
        return self.head, self.hair, self.face, *self.eyes, self.mouth

    def keypoints(self) -> dict[str, Point]:
        """COCO's five points of a head, in units of the world."""
        eyes = {"left_eye": self.at(_EYE, 0), "right_eye": self.at(-_EYE, 0)}
        ears = {"left_ear": self.at(1, 0.08), "right_ear": self.at(-1, 0.08)}
        return {"nose": self.at(0, 0.2)} | eyes | ears

    def paint_behind(self, canvas: Canvas) -> None:
        """Paint what hangs or stands behind the head; before the body."""
        canvas.paint(_behind(self), self.outline)

    def paint(self, canvas: Canvas, rng: Random) -> None:
        """Paint skull, face, hair and hat."""
        skin = self.look.skin
        ears = [self.ellipse(x, 0.08, 0.2, 0.24, shade(skin, 0.93)) for x in (-1, 1)]
        canvas.paint([*ears, self.ellipse(0, 0, 1, 1, skin, self.face)], self.outline)
        canvas.paint([*_cheeks(self), *_beard(self), *_eyes(self, rng), *_nose_and_mouth(self, rng)])
        canvas.paint(_fringe(self, rng), self.outline * 0.5)
        canvas.paint(_hat(self), self.outline)

    def at(self, x: float, y: float) -> Point:
        """Give a point of the head in the world."""
        return self.centre[0] + x * self.radius, self.centre[1] + y * self.radius

    def ellipse(
        self, x: float, y: float, width: float, height: float, colour: Colour, *regions: Region
    ) -> Ellipse:
        """Give an ellipse that belongs to the head and to `regions`."""
        radii = width * self.radius, height * self.radius
        return Ellipse(self.at(x, y), radii, colour, (self.figure, self.head, *regions))

    def polygon(self, points: list[Point], colour: Colour, *regions: Region) -> Polygon:
        """Give a polygon that belongs to the head and to `regions`."""
        return Polygon(tuple(self.at(*point) for point in points), colour, (self.figure, self.head, *regions))

    def line(self, points: list[Point], width: float, colour: Colour, *regions: Region) -> Line:
        """Give a line that belongs to the head and to `regions`."""
        return Line(
            tuple(self.at(*point) for point in points),
            width * self.radius,
            colour,
            (self.figure, self.head, *regions),
        )


def _arc(start: float, end: float, radius: float, steps: int = 14) -> list[Point]:
    """Points on a circle, clockwise from `start` to `end` degrees; 0 is right, 90 is down."""
    turns = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns]


def _behind(head: Head) -> list[Shape]:
    colour = head.look.hair_colour
    if head.look.hair == "long":
        return [
            head.ellipse(0, 0.1, 1.22, 1.2, colour, head.hair),
            head.ellipse(0, 0.75, 1.2, 0.95, colour, head.hair),
        ]
    if head.look.hair == "curly":
        low = 35 if head.look.dress else -10
        return [
            head.ellipse(1.02 * x, 1.02 * y, 0.42, 0.42, colour, head.hair)
            for x, y in _arc(180 - low, 360 + low, 1, 10)
        ]
    if head.look.hair == "bun":
        return [head.ellipse(0, -1.2, 0.48, 0.44, colour, head.hair)]
    if head.look.hair == "mohawk":
        spikes = [
            (-0.45, -0.5),
            (-0.5, -1.25),
            (-0.2, -1.2),
            (0, -1.75),
            (0.2, -1.2),
            (0.5, -1.25),
            (0.45, -0.5),
        ]
        return [head.polygon(spikes, colour, head.hair)]
    return []


def _fringe(head: Head, rng: Random) -> list[Shape]:
    colour, parting = head.look.hair_colour, rng.uniform(-0.35, 0.35)
    if head.look.hair in ("short", "long", "bun"):
        low = 178 if head.look.hair == "short" else 170
        edge = [(0.82, -0.3), (0.5, -0.52), (parting, -0.72), (-0.5, -0.52), (-0.82, -0.3)]
        return [head.polygon([*_arc(low, 540 - low, 1.07), *edge], colour, head.hair)]
    if head.look.hair == "curly":
        return [
            head.ellipse(0.88 * x, 0.88 * y, 0.34, 0.3, colour, head.hair) for x, y in _arc(205, 335, 1, 5)
        ]
    if head.look.hair == "mohawk":
        return [head.polygon([(-0.3, -0.92), (0.3, -0.92), (0.12, -0.5), (-0.12, -0.5)], colour, head.hair)]
    return []


def _beard(head: Head) -> list[Shape]:
    colour = head.look.hair_colour
    if head.look.beard == "full":
        edge: list[Point] = [(-0.62, 0.3), (-0.3, 0.24), (0.3, 0.24), (0.62, 0.3)]
        return [head.polygon([*_arc(-2, 182, 1.1), *edge], colour, head.face)]
    if head.look.beard == "moustache":
        return [head.ellipse(x, 0.36, 0.32, 0.13, colour, head.face) for x in (-0.25, 0.25)]
    return []


def _hat(head: Head) -> list[Shape]:
    colour, gold = head.look.hat_colour, (245, 200, 60)
    if head.look.hat == "top hat":
        return [
            head.polygon([(-0.72, -0.62), (-0.78, -1.75), (0.78, -1.75), (0.72, -0.62)], colour),
            head.polygon([(-0.73, -0.72), (-0.74, -0.98), (0.74, -0.98), (0.73, -0.72)], shade(colour, 0.5)),
            head.line([(-1.12, -0.62), (1.12, -0.62)], 0.18, colour),
        ]
    if head.look.hat == "captain's hat":
        brim: list[Point] = [(-1.4, -0.5), (-0.95, -1.15), (0, -1.5), (0.95, -1.15), (1.4, -0.5), (0, -0.75)]
        return [head.polygon(brim, colour), head.ellipse(0, -1.08, 0.22, 0.22, gold)]
    if head.look.hat == "crown":
        points = [(-0.8, -0.62), (-0.9, -1.4), (-0.42, -1.05), (0, -1.55), (0.42, -1.05), (0.9, -1.4)]
        return [
            head.polygon([*points, (0.8, -0.62)], colour),
            head.ellipse(0, -0.85, 0.14, 0.14, (210, 30, 60)),
        ]
    if head.look.hat == "bobble hat":
        return [
            head.ellipse(0, -1.45, 0.3, 0.3, _WHITE),
            head.polygon([*_arc(196, 344, 1.12), (0.95, -0.5), (-0.95, -0.5)], colour),
            head.line([(-0.98, -0.52), (0.98, -0.52)], 0.26, _WHITE),
        ]
    if head.look.hat == "goggles":
        frames = [head.ellipse(x, -0.62, 0.36, 0.3, colour) for x in (-0.4, 0.4)]
        glass = [head.ellipse(x, -0.62, 0.22, 0.17, (190, 235, 240)) for x in (-0.4, 0.4)]
        return [head.line([(-1.0, -0.55), (1.0, -0.55)], 0.16, BLACK), *frames, *glass]
    return []


def _cheeks(head: Head) -> list[Shape]:
    if head.look.beard == "full" or not head.look.blush:
        return []
    red, green, blue = (
        round(c * 0.55 + blush * 0.45) for c, blush in zip(head.look.skin, _BLUSH, strict=True)
    )
    return [head.ellipse(x, 0.32, 0.18, 0.14, (red, green, blue), head.face) for x in (-0.62, 0.62)]


def _eyes(head: Head, rng: Random) -> list[Shape]:
    look, face, iris, slant = head.look, head.face, rng.choice(_IRISES), rng.uniform(-0.02, 0.05)
    shapes: list[Shape] = []
    if look.glasses:
        shapes += [head.ellipse(x, -0.02, 0.4, 0.4, look.glasses, face) for x in (-0.42, 0.42)]
        shapes += [head.ellipse(x, -0.02, 0.29, 0.29, (226, 240, 246), face) for x in (-0.42, 0.42)]
        shapes.append(head.line([(-0.1, -0.05), (0.1, -0.05)], 0.11, look.glasses, face))
    for side, eye in zip((-1, 1), head.eyes, strict=True):
        x = side * _EYE
        if look.eyepatch and side > 0:
            shapes.append(head.line([(-0.85, -0.62), (0.95, 0.05)], 0.11, BLACK, face))
            shapes.append(head.ellipse(x, -0.02, 0.32, 0.3, BLACK, face))
            continue
        if not look.glasses:
            brow = [(x - side * 0.17, -0.38 - slant), (x + side * 0.17, -0.38 + slant)]
            shapes.append(head.line(brow, 0.08, DARK, face))
        shapes.append(head.ellipse(x, -0.02, 0.2, 0.24, _WHITE, face, eye))
        shapes.append(head.ellipse(x, 0.02, 0.13, 0.15, iris, face, eye))
        shapes.append(head.ellipse(x, 0.02, 0.07, 0.08, (15, 12, 15), face, eye))
    return shapes


def _nose_and_mouth(head: Head, rng: Random) -> list[Shape]:
    nose = head.ellipse(0, 0.2, 0.1, 0.12, shade(head.look.skin, 0.8), head.face)
    if rng.random() < 0.33:
        laugh = [(x * 0.32, 0.46 + y * 0.29) for x, y in _arc(0, 180, 1, 10)]
        return [nose, head.polygon(laugh, _OPEN, head.face, head.mouth)]
    smile = [(x * 0.36, 0.46 + y * 0.2) for x, y in _arc(0, 180, 1, 6)]
    return [nose, head.line(smile, 0.11, _LIPS, head.face, head.mouth)]
