"""What a scene of the pocket world is made of, and which scenes training never sees."""

import hashlib
from dataclasses import dataclass
from random import Random

BACKGROUNDS = ("sea", "meadow", "desert", "snow", "night", "city", "forest", "sunset")
KINDS = ("circle", "square", "triangle", "star", "heart", "tree", "house", "boat")
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (220, 30, 35),
    "orange": (250, 140, 20),
    "yellow": (252, 228, 50),
    "green": (30, 160, 60),
    "blue": (35, 75, 225),
    "purple": (125, 45, 170),
    "pink": (252, 150, 200),
    "white": (250, 250, 250),
}
SIZES = {"small": 17, "medium": 23, "big": 30}
"""Radius of the circle that an object fills, in pixels."""
PLACES = {"left": (32, 64), "right": (96, 64), "centre": (64, 64), "top": (64, 32), "bottom": (64, 96)}
"""Centre (x, y) of an object, in pixels."""
PAIRS = (("left", "right"), ("top", "bottom"))
"""Places that two big objects can share a picture in without touching."""
HELD_OUT_SHARE = 1 / 16


@dataclass(frozen=True)
class Thing:
    """One object of a scene, in words."""

    kind: str
    colour: str
    place: str
    size: str


@dataclass(frozen=True)
class Scene:
    """A background and one or two things on it."""

    background: str
    things: tuple[Thing, ...]

    @property
    def held_out(self) -> bool:
        """Whether this combination is kept from training, so that it can test what was learned.

        The order of the things and their sizes do not count: a scene that differs from a held-out one
        only there would give it away.
        """
        things = sorted(f"{thing.colour} {thing.kind} {thing.place}" for thing in self.things)
        digest = hashlib.sha256("|".join([self.background, *things]).encode()).digest()
        return int.from_bytes(digest[:4], "big") < HELD_OUT_SHARE * 2**32


def random_scene(rng: Random, count: int, held_out: bool = False) -> Scene:
    """Draw lots for a scene of `count` (1 or 2) things, from the training or the held-out combinations."""
    while True:
        places = [rng.choice(tuple(PLACES))] if count == 1 else rng.sample(rng.choice(PAIRS), 2)
        scene = Scene(
            background=rng.choice(BACKGROUNDS),
            things=tuple(
                Thing(rng.choice(KINDS), rng.choice(tuple(COLOURS)), place, rng.choice(tuple(SIZES)))
                for place in places
            ),
        )
        if scene.held_out == held_out:
            return scene
