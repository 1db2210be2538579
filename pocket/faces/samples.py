"""Drawn faces to learn from, of anybody; and faces that are alike but for one trait, to be told apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from moderation.faces.drawn import around
from pocket.detectors.samples import wear
from pocket.faces.traits import BEARDS, HAIRS
from pocket.world.canvas import Colour
from pocket.world.drawing import SIZE, Box, Drawing, draw
from pocket.world.known import HAIRS as HAIR_COLOURS
from pocket.world.known import KNOWN, SKINS, Look
from pocket.world.scene import Figure, Scene, random_figure_scene

_HATS = ("none", "none", "none", "top hat", "captain's hat", "crown", "bobble hat", "goggles")
_KNOWN, _ODD_COLOURS, _GLASSES, _EYEPATCHES, _CAPES = 0.35, 0.2, 0.2, 0.1, 0.2
_MIRRORED, _MOVED = 0.5, 0.5
_LEAST_FACE = 8
_APART = 90
"""Least distance of two colours, as the sum over red, green and blue, of which one is another trait."""


@dataclass(frozen=True)
class Face:
    """A face as it looks, and its box in pixels."""

    look: Look
    box: Box


@dataclass(frozen=True)
class Sample:
    """A picture (128, 128, 3), uint8, and the faces in it."""

    pixels: NDArray[np.uint8]
    faces: tuple[Face, ...]


def face_of(look: Look) -> Hashable:
    """Give what makes a face that face, whatever the figure wears: hats and capes come and go."""
    return look.skin, look.hair, look.hair_colour, look.beard, look.glasses, look.eyepatch


def random_look(rng: Random) -> Look:
    """Draw lots for a face: of somebody known, or of anybody, with colours that nobody has now and then."""
    if rng.random() < _KNOWN:
        return rng.choice(tuple(KNOWN.values())).look

    def colour(usual: tuple[Colour, ...]) -> Colour:
        return _any_colour(rng) if rng.random() < _ODD_COLOURS else rng.choice(usual)

    return Look(
        skin=colour(SKINS),
        hair=rng.choice(HAIRS),
        hair_colour=colour(HAIR_COLOURS),
        beard=rng.choice(("none", *BEARDS)),
        glasses=_any_colour(rng) if rng.random() < _GLASSES else None,
        eyepatch=rng.random() < _EYEPATCHES,
    )


def look_alike(look: Look, rng: Random) -> Look:
    """Give somebody who differs in one trait."""
    match rng.randrange(5):
        case 0:
            return replace(look, hair_colour=_other_colour(look.hair_colour, rng))
        case 1:
            return replace(look, skin=_other_colour(look.skin, rng))
        case 2:
            return replace(look, hair=rng.choice([each for each in HAIRS if each != look.hair]))
        case 3:
            return replace(look, beard=rng.choice([each for each in BEARDS if each != look.beard]))
        case _:
            return replace(look, glasses=None if look.glasses else _any_colour(rng))


def dressed(look: Look, rng: Random) -> Look:
    """Give the same face with other things on: hat, cape, dress."""
    return replace(
        look,
        dress=rng.random() < 0.5,
        hat=rng.choice(_HATS),
        hat_colour=_any_colour(rng),
        cape=_any_colour(rng) if rng.random() < _CAPES else None,
    )


def scene_of_anybody(rng: Random) -> Scene:
    """Draw lots for a scene that is not held out, with faces by lots."""
    scene = random_figure_scene(rng, bare=0.1, known=0.0, portraits=0.4)
    figures = tuple(
        replace(who, character=_sex(who), look=dressed(random_look(rng), rng)) for who in scene.figures
    )
    return replace(scene, figures=figures)


def sample_of(scene: Scene, seed: int) -> Sample:
    """Draw a scene."""
    drawing = draw(scene, seed)
    return Sample(drawing.pixels, tuple(faces_of(drawing)))


def faces_of(drawing: Drawing) -> Iterator[Face]:
    """Give the faces in a drawing of figures that are known by name, or whose look was chosen."""
    for figure in drawing.figures:
        who = figure.figure
        look = KNOWN[who.character].look if who.character in KNOWN else who.look
        box = next((part.box for part in figure.parts if part.name == "face"), None)
        if box is not None and look is not None:
            yield Face(look, box)


def worn(sample: Sample, rng: Random) -> Sample:
    """Give the sample as a checkpoint might have rendered it: worn, mirrored, nearer or farther."""
    pixels = wear(sample.pixels, rng)
    boxes = np.array([face.box for face in sample.faces], np.float32).reshape(-1, 4)
    if rng.random() < _MIRRORED:
        pixels = pixels[:, ::-1]
        boxes = np.stack([SIZE - boxes[:, 2], boxes[:, 1], SIZE - boxes[:, 0], boxes[:, 3]], 1)
    if rng.random() < _MOVED:
        side = rng.randint(SIZE * 5 // 8, SIZE * 3 // 2)
        x, y = (rng.randint(min(0, SIZE - side), max(0, SIZE - side)) for _ in range(2))
        image = Image.new("RGB", (SIZE, SIZE), _any_colour(rng))
        image.paste(Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR), (x, y))
        pixels = np.asarray(image)
        boxes = boxes * np.float32(side / SIZE) + np.array([x, y, x, y], np.float32)
    return Sample(pixels, tuple(_visible(sample, boxes)))


MARGIN = 1.4
"""How many times as wide as what the teller looks at a crop is, for faces that are nearer, farther, aside."""
_CROP_SIDE = 48


def crop_of(sample: Sample, face: Face) -> NDArray[np.uint8]:
    """Give a picture (48, 48, 3) around a face."""
    square = around(face.box, MARGIN)
    crop = Image.fromarray(sample.pixels).crop(square)
    return np.asarray(crop.resize((_CROP_SIDE, _CROP_SIDE), Image.Resampling.BILINEAR))


def _visible(sample: Sample, boxes: NDArray[np.float32]) -> Any:
    for face, box in zip(sample.faces, boxes, strict=True):
        inside = np.clip(box, 0, SIZE)
        whole = (box[2:] - box[:2]).prod()
        if (inside[2:] - inside[:2]).prod() >= 0.8 * whole and (box[2:] - box[:2]).min() >= _LEAST_FACE:
            yield Face(face.look, tuple(int(edge) for edge in inside))  # type: ignore[arg-type]


def _any_colour(rng: Random) -> Colour:
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)


def _other_colour(colour: Colour, rng: Random) -> Colour:
    while True:
        other = rng.choice((*HAIR_COLOURS, _any_colour(rng)))
        if sum(abs(one - two) for one, two in zip(colour, other, strict=True)) >= _APART:
            return other


def _sex(who: Figure) -> str:
    return who.character if who.character in ("man", "woman") else "man"
