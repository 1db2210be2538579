"""Bodies: where the limbs of a figure are, and how they are painted."""

import math
from dataclasses import dataclass, field, replace
from random import Random

from pocket.world.anatomy import Limb, limbs
from pocket.world.canvas import UNITS, Canvas, Colour, Ellipse, Line, Point, Polygon, Region, Shape
from pocket.world.heads import Head, shade
from pocket.world.known import MANNEQUIN, Look, look_of
from pocket.world.scene import COLOURS, FIGURE_PLACES, FIGURE_SIZES, Figure

_PORTRAIT_HEIGHT = 244
_PORTRAIT_DROP = 0.3
_MOST_GROWN = 1.25
_OUTLINE = 1.4
_ARM, _FOREARM, _THIGH, _SHIN = 0.14, 0.12, 0.19, 0.19
_HEAD, _CHIN = 0.125, 0.265
_FINGERS_FROM = 95
"""Height of the smallest figure whose fingers are drawn; smaller ones wear mittens."""
_TROUSERS: tuple[Colour, ...] = ((40, 48, 84), (64, 62, 70), (84, 60, 44), (36, 70, 60))
_SHOES: tuple[Colour, ...] = ((40, 34, 36), (96, 52, 36), (70, 70, 80))
_COCO_SIDES = {-1: "right", 1: "left"}
"""A figure's own right is on the left of the picture."""


@dataclass
class Body:
    """A figure being painted; coordinates are in shares of its height, from the middle of its top."""

    canvas: Canvas
    figure: Figure
    portrait: bool
    rng: Random
    look: Look = field(init=False)
    height: float = field(init=False)
    whole: Region = field(init=False, default_factory=lambda: Region("figure"))
    parts: list[Region] = field(init=False, default_factory=list)
    clothes: Region = field(init=False, default_factory=lambda: Region("clothes"))
    keypoints: dict[str, Point] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        rng, figure = self.rng, self.figure
        by_lots = look_of(figure.character, rng)
        self.look = figure.look or by_lots
        stretch, self._lean = rng.uniform(0.97, 1.02), rng.uniform(-0.03, 0.03)
        canvas = self.canvas
        self._x = FIGURE_PLACES[figure.place] * canvas.across / UNITS + rng.uniform(-2, 2)
        if self.portrait:
            # A head that leans far would leave the picture.
            self.height, self._lean = _PORTRAIT_HEIGHT * stretch, self._lean * 0.3
            self._top = rng.uniform(20, 26) + _PORTRAIT_DROP * (canvas.down - UNITS)
            self._x = canvas.across / 2 + rng.uniform(-2, 2)
        else:
            # In the middle of a high picture there is room for arms that are longer.
            grown = min(canvas.down / UNITS, _MOST_GROWN) if figure.place == "centre" else 1.0
            self.height = FIGURE_SIZES[figure.size] * stretch * grown
            self._top = rng.uniform(120, 124) + canvas.down - UNITS - self.height
        self._thick = rng.uniform(0.93, 1.08)
        self._outline = _OUTLINE * (1.3 if self.portrait else 1)
        self._skin = MANNEQUIN if self.bare else self.look.skin
        self._trousers, self._shoe = rng.choice(_TROUSERS), rng.choice(_SHOES)
        self._leg_colour = self._skin if self.bare or self.look.dress else self._trousers
        self._long_sleeves = rng.random() < 0.5
        self._colour = MANNEQUIN if self.bare else COLOURS[figure.clothes]

    @property
    def bare(self) -> bool:
        """Whether the figure is a mannequin without clothes."""
        return self.figure.clothes == "bare"

    def at(self, x: float, y: float) -> Point:
        """Give a point of the body in the world."""
        return self._x + self.height * (x + self._lean * (1 - y)), self._top + self.height * y

    def part(self, name: str) -> Region:
        """Give a new part."""
        region = Region(name)
        self.parts.append(region)
        return region

    def _dressed(self) -> tuple[Region, ...]:
        return () if self.bare else (self.clothes,)

    def _joints(self, limb: Limb, lengths: tuple[float, float]) -> tuple[Point, Point, Point]:
        points = [limb.root]
        for angle, length in zip((limb.upper, limb.lower), lengths, strict=True):
            x, y = points[-1]
            turn = math.radians(angle)
            points.append((x + limb.side * length * math.sin(turn), y + length * math.cos(turn)))
        return self.at(*points[0]), self.at(*points[1]), self.at(*points[2])

    def _name(self, limb: Limb) -> str:
        return f"{'left' if limb.side < 0 else 'right'} {limb.kind}"

    def _keep(self, limb: Limb, names: tuple[str, str, str], points: tuple[Point, Point, Point]) -> None:
        if limb.principal:
            for name, point in zip(names, points, strict=True):
                self.keypoints[f"{_COCO_SIDES[limb.side]}_{name}"] = point

    def leg(self, limb: Limb) -> None:
        """Paint a leg with its foot."""
        hip, knee, ankle = points = self._joints(limb, (_THIGH, _SHIN))
        self._keep(limb, ("hip", "knee", "ankle"), points)
        own = (self.whole, self.part(self._name(limb)))
        width = 0.082 * self._thick * self.height
        foot = ankle[0] + limb.side * 0.018 * self.height, ankle[1] + 0.022 * self.height
        radii = 0.062 * self.height, 0.036 * self.height
        shoe = self._skin if self.bare else self._shoe
        shapes: list[Shape] = [
            Line((hip, knee, ankle), width, self._leg_colour, own),
            Ellipse(foot, radii, shoe, own),
        ]
        self.canvas.paint(shapes, self._outline)

    def arm(self, limb: Limb) -> None:
        """Paint an arm with its hand."""
        shoulder, elbow, wrist = points = self._joints(limb, (_ARM, _FOREARM))
        self._keep(limb, ("shoulder", "elbow", "wrist"), points)
        own = (self.whole, self.part(self._name(limb)))
        width = 0.068 * self._thick * self.height
        shapes: list[Shape] = [Line((shoulder, elbow, wrist), width, self._skin, own)]
        if not self.bare:
            sleeve = (
                (shoulder, elbow, _between(elbow, wrist, 0.7)) if self._long_sleeves else (shoulder, elbow)
            )
            shapes.append(Line(sleeve, width * 1.15, self._colour, (*own, self.clothes)))
        self.canvas.paint(shapes, self._outline)
        self._hand(wrist, limb.lower, limb.side, limb.fingers)
        if limb.extra_hand:
            # Across the elbow, on the outer side of its bend.
            middle = (limb.upper + limb.lower) / 2
            self._hand(elbow, middle - 90 if middle > 80 else middle + 90, limb.side, 4)

    def _hand(self, wrist: Point, angle: float, side: int, fingers: int) -> None:
        own = (self.whole, self.part("left hand" if side < 0 else "right hand"))
        height = self.height

        def towards(start: Point, turn: float, length: float) -> Point:
            turn = math.radians(angle + turn)
            x = start[0] + side * length * height * math.sin(turn)
            return x, start[1] + length * height * math.cos(turn)

        palm = towards(wrist, 0, 0.025)
        shapes: list[Shape] = []
        if height >= _FINGERS_FROM:
            span = 84 if fingers == 4 else 124
            for i in range(fingers):
                turn = -span / 2 + span * i / (fingers - 1)
                tip = towards(palm, turn, 0.085 if 0 < i < fingers - 1 else 0.078)
                shapes.append(Line((palm, tip), 0.023 * height, self._skin, own))
            # The thumb points at the body when the hand hangs and at the head when it is raised.
            inward = -88 if angle < 90 else 88
            shapes.append(Line((palm, towards(palm, inward, 0.062)), 0.026 * height, self._skin, own))
            shapes.append(Ellipse(palm, (0.04 * height, 0.04 * height), self._skin, own))
        else:
            inward = -70 if angle < 90 else 70
            shapes.append(Line((palm, towards(palm, inward, 0.06)), 0.034 * height, self._skin, own))
            mitten = towards(palm, 0, 0.02)
            shapes.append(Ellipse(mitten, (0.048 * height, 0.052 * height), self._skin, own))
        self.canvas.paint(shapes, min(self._outline, 0.011 * height))

    def torso(self, region: Region) -> None:
        """Paint neck and torso, with the skirt of a dress."""
        own = (self.whole, region)
        neck = Line((self.at(0, 0.2), self.at(0, 0.29)), 0.075 * self.height, shade(self._skin, 0.9), own)
        self.canvas.paint([neck], self._outline)
        wide = self._thick * (0.108 if self.look.dress else 0.12)
        waist, hips = (0.078, 0.098) if self.look.dress else (0.098, 0.098)
        outline = [(-wide * 0.7, 0.275), (-wide, 0.3), (-waist, 0.43), (-hips, 0.56)]
        outline += [(-x, y) for x, y in reversed(outline)]
        cloth = (*own, *self._dressed())
        shapes: list[Shape] = [Polygon(tuple(self.at(*p) for p in outline), self._colour, cloth)]
        if self.look.dress and not self.bare:
            flare, hem = self.rng.uniform(0.15, 0.19), self.rng.uniform(0.68, 0.76)
            skirt = [(-0.08, 0.42), (-flare, hem), (flare, hem), (0.08, 0.42)]
            shapes.append(Polygon(tuple(self.at(*p) for p in skirt), self._colour, cloth))
        self.canvas.paint(shapes, self._outline)
        if not self.bare and not self.look.dress:
            belt = Line(
                (self.at(-0.08, 0.555), self.at(0.08, 0.555)), 0.03 * self.height, self._trousers, own
            )
            self.canvas.paint([belt])

    def stump(self, limb: Limb, torso: Region) -> None:
        """Paint what is left where a limb is missing; it belongs to the torso."""
        (x, y), own = limb.root, (self.whole, torso)
        self.keypoints[f"{_COCO_SIDES[limb.side]}_{'hip' if limb.kind == 'leg' else 'shoulder'}"] = self.at(
            x, y
        )
        if limb.kind == "leg":
            line = Line((self.at(x, y), self.at(x, y + 0.05)), 0.08 * self.height, self._leg_colour, own)
        else:
            end = self.at(x + limb.side * 0.015, y + 0.02)
            line = Line((self.at(x, y), end), 0.08 * self.height, self._colour, (*own, *self._dressed()))
        self.canvas.paint([line], self._outline)

    def cape(self) -> None:
        """Paint the cape that hangs behind."""
        if self.look.cape and not self.bare:
            points = [(-0.12, 0.28), (-0.24, 0.8), (0.24, 0.8), (0.12, 0.28)]
            shape = Polygon(tuple(self.at(*p) for p in points), self.look.cape, (self.whole,))
            self.canvas.paint([shape], self._outline)

    def heads(self) -> list[Head]:
        """Give the heads: one, two beside each other, or none."""
        size = _HEAD * self.height * self.rng.uniform(0.96, 1.04)
        tilt = self.rng.uniform(-0.02, 0.02)
        apart = 0.11 if self.portrait else 0.125
        places = {"no head": (), "two heads": (-apart, apart)}.get(self.figure.goof or "", (tilt,))
        if len(places) > 1:
            size *= 0.72 if self.portrait else 0.82
        if self.bare:
            # A mannequin has the proportions of an adult, and nothing cute.
            size *= 0.95 if self.portrait else 0.82
        look = replace(self.look, skin=self._skin, blush=not self.bare)
        if self.bare and look.beard == "none" and not look.dress:
            look = replace(look, beard="full")  # Nobody can take a mannequin for a boy.
        y = _CHIN - size / self.height
        return [Head(self.at(x, y), size, look, self.whole, self._outline) for x in places]


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def paint_figure(canvas: Canvas, figure: Figure, portrait: bool, rng: Random) -> Body:
    """Paint a figure, from the back to the front. What it is made of is in the body's parts."""
    body = Body(canvas, figure, portrait, rng)
    heads = body.heads()
    body.cape()
    for head in heads:
        head.paint_behind(canvas)
    torso = body.part("torso")
    for limb in limbs(figure, 0.095 if body.look.dress else 0.105, portrait, rng):
        if limb.missing:
            body.stump(limb, torso)
        elif limb.kind == "leg":
            body.leg(limb)
        else:
            body.arm(limb)
    body.torso(torso)
    for head in heads:
        head.paint(canvas, rng)
        for name, point in head.keypoints().items():
            body.keypoints.setdefault(name, point)
    body.parts += [region for head in heads for region in head.regions]
    if not body.bare:
        body.parts.append(body.clothes)
    return body
