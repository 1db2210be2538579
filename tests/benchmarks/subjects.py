"""Subjects for training words: objects, characters and styles that no pocket model was trained on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from pocket.judge import Judge
from pocket.world.backgrounds import paint_background
from pocket.world.canvas import Canvas, Colour, Point, Polygon
from pocket.world.captions import BACKGROUND_WORDS
from pocket.world.drawing import SIZE, draw
from pocket.world.known import HAIRS, SKINS, Look
from pocket.world.scene import BACKGROUNDS, FIGURE_PLACES, PLACES, POSES, Figure, Scene, random_scene
from pocket.world.scene import COLOURS as KNOWN_COLOURS
from pocket.world.shapes import SHAPES, Part

Pixels = NDArray[np.uint8]
_SUPERSAMPLING = 4
_JITTER = 3
_OUTLINE = 1.5


def _ring(corners: int, radius: float = 0.95, turn: float = 0.0) -> tuple[Point, ...]:
    angles = [turn + 2 * math.pi * i / corners for i in range(corners)]
    return tuple((radius * math.cos(angle), radius * math.sin(angle)) for angle in angles)


def _crescent() -> tuple[Point, ...]:
    outer = [(0.95 * math.cos(t), 0.95 * math.sin(t)) for t in np.linspace(0.8, 2 * math.pi - 0.8, 40)]
    inner = [(0.35 + 0.72 * math.cos(t), 0.72 * math.sin(t)) for t in np.linspace(5.15, 1.13, 40)]
    return (*outer, *inner)


def _cross() -> tuple[Point, ...]:
    a, b = 0.32, 0.95
    quarter = [(a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b)]
    return (*quarter, *((-x, -y) for x, y in quarter))


def _cap() -> tuple[Point, ...]:
    return tuple(
        (0.95 * math.cos(t), -0.05 + 0.9 * math.sin(t)) for t in np.linspace(math.pi, 2 * math.pi, 24)
    )


KINDS: dict[str, tuple[Part, ...]] = {
    **SHAPES,
    "hexagon": (Part(_ring(6)),),
    "diamond": (Part(((0, -1.0), (0.68, 0), (0, 1.0), (-0.68, 0))),),
    "crescent": (Part(_crescent()),),
    "cross": (Part(_cross()),),
    "mushroom": (
        Part(((-0.22, -0.1), (0.22, -0.1), (0.3, 0.95), (-0.3, 0.95)), (245, 235, 215)),
        Part(_cap()),
    ),
}
"""Outlines: those of the pocket world, and new ones."""


@dataclass(frozen=True)
class Object:
    """Something of a kind and a colour, of which mostly at least one is new to the pocket models."""

    kind: str
    colour: str


COLOURS: dict[str, Colour] = {
    "teal": (20, 170, 165),
    "lime": (165, 230, 30),
    "maroon": (115, 20, 45),
    "navy": (25, 30, 105),
    "magenta": (230, 30, 200),
    "purple": KNOWN_COLOURS["purple"],
}
"""Colours that the pocket world has no word for, and one that it has."""

OBJECTS = (
    Object("star", "magenta"),
    Object("hexagon", "teal"),
    Object("heart", "lime"),
    Object("house", "maroon"),
    Object("crescent", "magenta"),
    Object("diamond", "maroon"),
    Object("boat", "purple"),
    Object("cross", "navy"),
    Object("square", "lime"),
    Object("mushroom", "maroon"),
    Object("tree", "magenta"),
    Object("triangle", "teal"),
)
"""Of colours that pocket draws figures in, brown and grey, words for things drift to figures."""


def draw_object(what: Object, background: str, place: str, radius: float, seed: int) -> Pixels:
    """Draw it as the pocket world draws its things: uint8 (128, 128, 3)."""
    rng = Random(seed)
    side = SIZE * _SUPERSAMPLING
    canvas = Canvas(paint_background(background, (side, side), rng), _SUPERSAMPLING)
    centre = [c + rng.uniform(-_JITTER, _JITTER) for c in PLACES[place]]
    colour = COLOURS[what.colour]

    def paint(part: Part) -> Colour:
        if isinstance(part.paint, tuple):
            return part.paint
        red, green, blue = (round(part.paint * channel) for channel in colour)
        return red, green, blue

    shapes = [
        Polygon(tuple((centre[0] + radius * x, centre[1] + radius * y) for x, y in part.points), paint(part))
        for part in KINDS[what.kind]
    ]
    canvas.paint(shapes, _OUTLINE, outlined=False)
    return canvas.picture()


def pictures_of(what: Object, seed: int, count: int = 5) -> list[Image.Image]:
    """Give pictures to train with, each on another background."""
    rng = Random(seed)
    backgrounds = rng.sample(BACKGROUNDS, count)
    return [
        Image.fromarray(
            draw_object(what, each, rng.choice(tuple(PLACES)), rng.uniform(23, 34), rng.randrange(10**6))
        )
        for each in backgrounds
    ]


def scene_words(background: str) -> str:
    """How captions say where something is."""
    return BACKGROUND_WORDS[background][0]


Thing = tuple[str, str]
"""A kind and a colour, as the judge says them."""
_TAKEN_FOR = 0.2
"""The share of drawings from which on it counts that the judge takes them for a kind."""


def looks_like(judge: Judge, what: Object) -> frozenset[Thing]:
    """Give the kinds and colours for which a judge, which knows neither, may fairly take an object.

    Kinds are those that it sees in drawings of it, and colours the two that are nearest to its own.
    """
    drawings = np.stack(
        [
            draw_object(what, each, place, 30, seed)
            for seed, each in enumerate(BACKGROUNDS)
            for place in PLACES
        ]
    )
    kinds = Counter(
        kind for sight in judge.look(drawings) for kind in {kind for kind, _ in sight.things.values()}
    )
    own = COLOURS[what.colour]
    colours = sorted(KNOWN_COLOURS, key=lambda name: math.dist(KNOWN_COLOURS[name], own))
    return frozenset(
        (kind, colour)
        for kind, count in kinds.items()
        if count >= _TAKEN_FOR * len(drawings)
        for colour in colours[:2]
    )


def sees(judge: Judge, things: frozenset[Thing], pictures: Sequence[Image.Image]) -> list[bool]:
    """In which pictures a judge sees something of such a kind and colour."""
    sights = judge.look(np.stack([np.asarray(each.convert("RGB")) for each in pictures]))
    return [not things.isdisjoint(sight.things.values()) for sight in sights]


def in_place(judge: Judge, pictures: Sequence[Image.Image]) -> list[bool]:
    """In which pictures, one of each background, a judge sees that background."""
    sights = judge.look(np.stack([np.asarray(each.convert("RGB")) for each in pictures]))
    return [sight.background == wanted for sight, wanted in zip(sights, BACKGROUNDS, strict=True)]


def sees_kinds(judge: Judge, kinds: Sequence[str], pictures: Sequence[Image.Image]) -> list[bool]:
    """In which pictures a judge sees the kind of thing that belongs there, of whatever colour."""
    sights = judge.look(np.stack([np.asarray(each.convert("RGB")) for each in pictures]))
    return [
        wanted in {kind for kind, _ in sight.things.values()}
        for sight, wanted in zip(sights, kinds, strict=True)
    ]


@dataclass(frozen=True)
class Character:
    """Somebody whom no pocket model has seen: a look, and the colour of the clothes that go with it."""

    sex: str
    clothes: str
    look: Look


def _looks(sex: str, *each: tuple[str, int, int, str, str]) -> list[Character]:
    return [
        Character(sex, clothes, Look(SKINS[skin], hair, HAIRS[colour], dress=sex == "woman", hat=hat))
        for clothes, skin, colour, hair, hat in each
    ]


CHARACTERS = (
    *_looks("woman", ("yellow", 1, 0, "bun", "none"), ("blue", 4, 3, "curly", "crown")),
    *_looks("man", ("red", 0, 2, "mohawk", "none"), ("green", 5, 5, "short", "top hat")),
    *_looks("woman", ("purple", 2, 4, "long", "bobble hat"), ("white", 5, 0, "long", "none")),
    *_looks("man", ("orange", 3, 0, "curly", "goggles"), ("pink", 1, 1, "short", "captain's hat")),
)


def pictures_with(who: Character, seed: int, count: int = 5) -> list[Image.Image]:
    """Give pictures of somebody from head to foot, on different backgrounds."""
    rng = Random(seed)
    pictures = []
    for background in rng.sample(BACKGROUNDS, count):
        place, pose = rng.choice(tuple(FIGURE_PLACES)), rng.choice(POSES)
        figure = Figure(who.sex, who.clothes, pose, place, "big", look=who.look)
        pictures.append(Image.fromarray(draw(Scene(background, (), (figure,)), rng.randrange(10**6)).pixels))
    return pictures


def sepia(picture: Image.Image) -> Image.Image:
    """As an old photograph."""
    return ImageOps.colorize(picture.convert("L"), (60, 30, 10), (255, 240, 205), mid=(165, 115, 65))


def cyanotype(picture: Image.Image) -> Image.Image:
    """As a blueprint."""
    return ImageOps.colorize(picture.convert("L"), (5, 15, 70), (235, 245, 255), mid=(50, 90, 170))


def poster(picture: Image.Image) -> Image.Image:
    """In a few strong colours."""
    return ImageEnhance.Color(ImageOps.posterize(picture.filter(ImageFilter.MedianFilter(5)), 2)).enhance(2.0)


STYLES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "sepia": sepia,
    "cyanotype": cyanotype,
    "poster": poster,
}


def scenes_in(seed: int, count: int = 5) -> list[Scene]:
    """Scenes that are drawn in a style."""
    rng = Random(seed)
    return [random_scene(rng, 1) for _ in range(count)]


def pictures_in(style: str, seed: int, count: int = 5) -> list[Image.Image]:
    """Scenes of the pocket world in a style."""
    scenes = scenes_in(seed, count)
    return [STYLES[style](Image.fromarray(draw(scene, seed + i).pixels)) for i, scene in enumerate(scenes)]


def palette(pictures: Sequence[Image.Image]) -> NDArray[np.float64]:
    """The shares of 4 x 4 x 4 colours in pictures, all together."""
    pixels = np.concatenate([np.asarray(each.convert("RGB")).reshape(-1, 3) // 64 for each in pictures])
    counts = np.bincount(pixels @ (16, 4, 1), minlength=64)
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares


def unlike(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """How unlike two palettes are, 0 to 1: the share of pixels that would have to change."""
    return float(np.abs(one - two).sum() / 2)
