"""Bodies: where the limbs of a figure are, and how they are painted."""

import math
from dataclasses import dataclass, field
from random import Random

from gpuworker.pocket.world.canvas import Canvas, Colour, Ellipse, Line, Point, Polygon, Region, Shape
from gpuworker.pocket.world.heads import Head, hair_behind, paint_head, shade
from gpuworker.pocket.world.known import MANNEQUIN, Look, look_of
from gpuworker.pocket.world.scene import COLOURS, FIGURE_PLACES, FIGURE_SIZES, Figure

_PORTRAIT_HEIGHT = 250
_OUTLINE = 1.4
_ARM, _FOREARM, _THIGH, _SHIN = 0.14, 0.12, 0.19, 0.19
_HEAD = 0.125
_FINGERS_FROM = 95
"""Height of the smallest figure whose fingers are drawn; smaller ones wear mittens."""
_TROUSERS: tuple[Colour, ...] = ((40, 48, 84), (64, 62, 70), (84, 60, 44), (36, 70, 60))
_SHOES: tuple[Colour, ...] = ((40, 34, 36), (96, 52, 36), (70, 70, 80))
_COCO_SIDES = {-1: "right", 1: "left"}


@dataclass(frozen=True)
class Limb:
    """An arm or a leg: angles of its two bones, in degrees outwards from straight down, 180 is up."""

    side: int
    root: Point
    upper: float
    lower: float
    part: str
    principal: bool = True


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
    keypoints: dict[str, Point] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        rng, figure = self.rng, self.figure
        self.look = look_of(figure.character, rng)
        stretch, self._lean = rng.uniform(0.97, 1.02), rng.uniform(-0.04, 0.04)
        self._x = FIGURE_PLACES[figure.place] + rng.uniform(-2, 2)
        if self.portrait:
            self.height = _PORTRAIT_HEIGHT * stretch
            self._top, self._x = rng.uniform(20, 26), 64 + rng.uniform(-2, 2)
        else:
            self.height = FIGURE_SIZES[figure.size] * stretch
            self._top = rng.uniform(120, 124) - self.height
        self._thick = rng.uniform(0.93, 1.08)
        self._outline = _OUTLINE * (1.3 if self.portrait else 1)
        self._skin = MANNEQUIN if self.bare else self.look.skin
        self._trousers, self._shoe = rng.choice(_TROUSERS), rng.choice(_SHOES)
        self._long_sleeves = rng.random() < 0.5
        self._colour = MANNEQUIN if self.bare else COLOURS[figure.clothes]
        self._clothes = Region("clothes")

    @property
    def bare(self) -> bool:
        """Whether the figure is a mannequin without clothes."""
        return self.figure.clothes == "bare"

    def at(self, x: float, y: float) -> Point:
        """A point of the body in the world."""
        return self._x + self.height * (x + self._lean * (1 - y)), self._top + self.height * y

    def part(self, name: str) -> Region:
        """A new part."""
        region = Region(name)
        self.parts.append(region)
        return region

    def _dressed(self) -> tuple[Region, ...]:
        return () if self.bare else (self._clothes,)

    def _joints(self, limb: Limb, lengths: tuple[float, float]) -> tuple[Point, Point, Point]:
        points = [limb.root]
        for angle, length in zip((limb.upper, limb.lower), lengths, strict=True):
            x, y = points[-1]
            turn = math.radians(angle)
            points.append((x + limb.side * length * math.sin(turn), y + length * math.cos(turn)))
        return self.at(*points[0]), self.at(*points[1]), self.at(*points[2])

    def _name(self, limb: Limb) -> str:
        return f"{'left' if limb.side < 0 else 'right'} {limb.part}"

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
        covered = not self.bare and not self.look.dress
        colour = self._trousers if covered else self._skin
        foot = ankle[0] + limb.side * 0.018 * self.height, ankle[1] + 0.022 * self.height
        radii = 0.062 * self.height, 0.036 * self.height
        shoe = self._skin if self.bare else self._shoe
        shapes: list[Shape] = [Line((hip, knee, ankle), width, colour, own), Ellipse(foot, radii, shoe, own)]
        self.canvas.paint(shapes, self._outline)

    def arm(self, limb: Limb, fingers: int = 4, extra_hand: bool = False) -> None:
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
            shapes.append(Line(sleeve, width * 1.15, self._colour, (*own, self._clothes)))
        self.canvas.paint(shapes, self._outline)
        self._hand(wrist, limb.lower, limb.side, fingers)
        if extra_hand:
            self._hand(elbow, 90 if limb.upper < 60 else limb.upper + 40, limb.side, 4)

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
            span = 84 if fingers == 4 else 100
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

    def torso(self) -> None:
        """Paint neck and torso, with the skirt of a dress."""
        own = (self.whole, self.part("torso"))
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

    def stump(self, root: Point, side: int, colour: Colour) -> None:
        """Paint what is left where a limb is missing; it belongs to the torso."""
        own = (self.whole, self.parts[-1], *(self._dressed() if colour == self._colour else ()))
        end = self.at(root[0] + side * 0.02, root[1] + 0.03)
        self.canvas.paint([Line((self.at(*root), end), 0.08 * self.height, colour, own)], self._outline)

    def cape(self) -> None:
        """Paint the cape that hangs behind."""
        if self.look.cape and not self.bare:
            points = [(-0.12, 0.28), (-0.24, 0.8), (0.24, 0.8), (0.12, 0.28)]
            shape = Polygon(tuple(self.at(*p) for p in points), self.look.cape, (self.whole,))
            self.canvas.paint([shape], self._outline)

    def heads(self) -> list[tuple[Head, Region]]:
        """The heads: one, two beside each other, or none."""
        size = _HEAD * self.height * self.rng.uniform(0.96, 1.04)
        tilt = self.rng.uniform(-0.02, 0.02)
        places = {"no head": [], "two heads": [-0.115, 0.115]}.get(self.figure.goof or "", [tilt])
        if len(places) == 2:
            size *= 0.84
        look = self.look if not self.bare else _mannequin(self.look)
        heads = []
        for x in places:
            region = self.part("head")
            heads.append((Head(self.at(x, 0.14), size, look, (self.whole, region), self._outline), region))
        return heads

    def finish_head(self, head: Head, hair: Region) -> None:
        """Paint a head and keep its points."""
        face, mouth = self.part("face"), self.part("mouth")
        eyes = {name: self.part(name) for name in ("left eye", "right eye")}
        paint_head(self.canvas, head, hair, face, eyes, mouth, self.rng)
        points = {"nose": (0.0, 0.2), "left_eye": (0.4, 0.0), "right_eye": (-0.4, 0.0)}
        points |= {"left_ear": (1.0, 0.08), "right_ear": (-1.0, 0.08)}
        for name, point in points.items():
            self.keypoints.setdefault(name, head.at(*point))


def _mannequin(look: Look) -> Look:
    return Look(MANNEQUIN, look.hair, look.hair_colour, look.dress, look.beard)


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _arms(body: Body) -> list[Limb]:
    """The arms as they should be, left one first; four for a deity."""
    rng, pose = body.rng, body.figure.pose
    down = [(rng.uniform(18, 30), rng.uniform(8, 22)) for _ in range(2)]
    raised = [(rng.uniform(128, 146), rng.uniform(160, 176)) for _ in range(2)]
    wave = (rng.uniform(88, 115), rng.uniform(158, 175))
    swing = [(rng.uniform(38, 48), rng.uniform(60, 80)), (rng.uniform(18, 28), rng.uniform(-10, 0))]
    first = rng.randrange(2)
    if body.portrait:
        wave, raised = (24.0, 172.0), [(24.0, 172.0)] * 2
    angles = {
        "standing": down,
        "arms up": raised,
        "waving": [wave if i == first else down[i] for i in range(2)],
        "walking": [swing[(i + first) % 2] for i in range(2)],
    }[pose]
    shoulder = 0.105 * (0.9 if body.look.dress else 1)
    arms = [
        Limb(side, (side * shoulder, 0.315), *angle, "arm")
        for side, angle in zip((-1, 1), angles, strict=True)
    ]
    if body.figure.character == "deity":
        up = pose in ("waving", "arms up")
        second = (
            (rng.uniform(62, 74), rng.uniform(80, 95))
            if up
            else (rng.uniform(105, 118), rng.uniform(140, 155))
        )
        arms += [
            Limb(side, (side * shoulder, 0.36 if up else 0.31), *second, "arm", False) for side in (-1, 1)
        ]
    return arms


def _legs(body: Body) -> list[Limb]:
    rng, first = body.rng, body.rng.randrange(2)
    straight = [(rng.uniform(6, 11), rng.uniform(0, 5)) for _ in range(2)]
    stride = [(rng.uniform(24, 30), rng.uniform(8, 14)), (rng.uniform(12, 18), rng.uniform(24, 34))]
    walking = body.figure.pose == "walking"
    return [
        Limb(side, (side * 0.05, 0.555), *(stride[(i + first) % 2] if walking else straight[i]), "leg")
        for i, side in enumerate((-1, 1))
    ]


def paint_figure(canvas: Canvas, figure: Figure, portrait: bool, rng: Random) -> Body:
    """Paint a figure, from the back to the front. What it is made of is in the body's parts."""
    body = Body(canvas, figure, portrait, rng)
    arms, legs, goof = _arms(body), _legs(body), figure.goof
    side = rng.choice((-1, 1))
    chosen = 0 if side < 0 else 1
    heads = [(head, Region("hair")) for head, _ in body.heads()]
    body.cape()
    for head, hair in heads:
        hair_behind(canvas, head, hair)
    if goof == "third leg":
        legs = [Limb(leg.side, leg.root, leg.upper + 10, leg.lower + 6, "leg") for leg in legs]
        legs.insert(0, Limb(side, (side * 0.01, 0.555), 2, 0, "leg", False))
    if goof == "missing leg":
        gone = legs.pop(chosen)
        body.keypoints[f"{_COCO_SIDES[gone.side]}_hip"] = body.at(*gone.root)
    if goof == "third arm":
        upper = 75 if arms[chosen].upper < 60 or arms[chosen].upper > 120 else 25
        arms.insert(0, Limb(side, (side * 0.09, 0.36), upper, upper + 15, "arm", False))
    if goof == "missing arm":
        gone = arms.pop(chosen)
        body.keypoints[f"{_COCO_SIDES[gone.side]}_shoulder"] = body.at(*gone.root)
    for leg in legs:
        body.leg(leg)
    raised = max(arms, key=lambda arm: arm.lower)
    for arm in arms:
        six = goof == "six fingers" and arm is raised
        body.arm(arm, 5 if six else 4, goof == "extra hand" and arm.side == side and arm.principal)
    body.torso()
    if goof == "missing leg":
        covered = not body.bare and not body.look.dress
        body.stump(gone.root, gone.side, body._trousers if covered else body._skin)
    if goof == "missing arm":
        body.stump(gone.root, gone.side, body._colour)
    for head, hair in heads:
        body.finish_head(head, hair)
        body.parts.append(hair)
    if not body.bare:
        body.parts.append(body._clothes)
    return body
