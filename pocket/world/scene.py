"""What a scene of the pocket world is made of, and which scenes training never sees."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from pocket.world.known import KNOWN, Look

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
"""Radius of the circle that an object fills, in pixels of a picture of 128."""
PLACES = {"left": (32, 64), "right": (96, 64), "centre": (64, 64), "top": (64, 32), "bottom": (64, 96)}
"""Centre (x, y) of an object, in pixels of a picture of 128."""
PAIRS = (("left", "right"), ("top", "bottom"))
"""Places that two big objects can share a picture in without touching."""

CHARACTERS = ("man", "woman", "deity", *KNOWN)
POSES = ("standing", "waving", "arms up", "walking")
FIGURE_PLACES = {"left": 40, "centre": 64, "right": 88}
"""Where the middle of a figure is from left to right, in pixels of a picture of 128."""
FIGURE_SIZES = {"medium": 84, "big": 108}
"""Height of a whole figure, in pixels of a picture of 128."""
GOOFS = (
    "third arm",
    "missing arm",
    "third leg",
    "missing leg",
    "two heads",
    "no head",
    "extra hand",
    "six fingers",
)
_GOOFS_OF = {"portrait": ("two heads", "six fingers"), "two": GOOFS[:-1]}
"""Goofs that show in a kind of scene, where not all do; nobody small has fingers."""
_DEITY_SHARE = 0.06
_PRACTISED_KINDS = (*KINDS, "star", "star", "house", "house", "boat")
"""Those with tips, doors, roofs and masts come out right last."""
HELD_OUT_SHARE = 1 / 16


@dataclass(frozen=True)
class Thing:
    """One object of a scene, in words."""

    kind: str
    colour: str
    place: str
    size: str


@dataclass(frozen=True)
class Figure:
    """Somebody in a scene, in words.

    `character` is one of CHARACTERS, `clothes` a colour or "bare", `pose`, `place` and `size` are from POSES,
    FIGURE_PLACES and FIGURE_SIZES; `goof` is None or from GOOFS, what is drawn wrong on purpose; `look` is
    how it looks, instead of as the character does. Raises ValueError if anybody but a nameless man or woman
    is bare.
    """

    character: str
    clothes: str
    pose: str
    place: str
    size: str
    goof: str | None = None
    look: Look | None = None

    def __post_init__(self) -> None:
        if self.clothes == "bare" and self.character not in ("man", "woman"):
            raise ValueError(f"{self.character} is never drawn bare; only a man or a woman is.")


@dataclass(frozen=True)
class Scene:
    """A background and what is on it: things, figures or both.

    A `portrait` shows its one figure from the chest up, with a head of 60 to 70 pixels of 128.
    """

    background: str
    things: tuple[Thing, ...]
    figures: tuple[Figure, ...] = ()
    portrait: bool = False

    @property
    def held_out(self) -> bool:
        """Whether this combination is kept from training, so that it can test what was learned.

        Sizes, goofs and the order of things and figures do not count: a scene that differs from a held-out
        one only there would give it away.
        """
        words = sorted(f"{thing.colour} {thing.kind} {thing.place}" for thing in self.things)
        words += sorted(f"{who.character} {who.clothes} {who.pose} {who.place}" for who in self.figures)
        if self.portrait:
            words.append("portrait")
        digest = hashlib.sha256("|".join([self.background, *words]).encode()).digest()
        return int.from_bytes(digest[:4], "big") < HELD_OUT_SHARE * 2**32


def random_scene(rng: Random, count: int, held_out: bool = False, kinds: Sequence[str] = KINDS) -> Scene:
    """Draw lots for a scene of `count` (1 or 2) things, from the training or the held-out combinations."""
    while True:
        places = [rng.choice(tuple(PLACES))] if count == 1 else rng.sample(rng.choice(PAIRS), 2)
        scene = Scene(
            background=rng.choice(BACKGROUNDS),
            things=tuple(
                Thing(rng.choice(kinds), rng.choice(tuple(COLOURS)), place, rng.choice(tuple(SIZES)))
                for place in places
            ),
        )
        if scene.held_out == held_out:
            return scene


def _random_figure(rng: Random, place: str, kind: str, goofs: float, bare: float, known: float) -> Figure:
    """`kind` is that of the scene: "portrait", "one", "thing" (with a thing beside it) or "two"."""
    character, clothes = rng.choice(("man", "woman")), rng.choice(tuple(COLOURS))
    if kind != "two" and rng.random() < bare:
        clothes = "bare"
    elif rng.random() < known:
        character = rng.choice(tuple(KNOWN))
        clothes = KNOWN[character].costume or clothes
    elif kind in ("one", "thing") and rng.random() < _DEITY_SHARE:
        character = "deity"
    pose, size = rng.choice(POSES), rng.choice(tuple(FIGURE_SIZES))
    # Two big ones would overlap, and a smaller one beside a bigger one would pass for a child. Four big arms
    # have room in the middle only.
    if kind == "two" or (character == "deity" and place != "centre"):
        size = "medium"
    goof = None
    if rng.random() < goofs:
        goof = rng.choice(_GOOFS_OF.get(kind, GOOFS))
        if goof == "six fingers":
            pose, size = rng.choice(("waving", "arms up")), "big"
        if goof == "missing arm":
            pose = rng.choice(("standing", "arms up"))
    return Figure(character, clothes, pose, place, size, goof)


def random_figure_scene(
    rng: Random,
    held_out: bool = False,
    goofs: float = 0.0,
    bare: float = 0.0,
    known: float = 0.12,
    portraits: float = 0.3,
) -> Scene:
    """Draw lots for a scene with figures: portraits, one figure, one beside a thing, or two.

    `goofs`, `bare` and `known` are the shares, from 0 to 1, of figures drawn wrong, bare and known by name,
    and `portraits` that of scenes. Of two figures none is bare.
    """
    others = [share * (1 - portraits) / 0.7 for share in (0.35, 0.25, 0.1)]
    while True:
        kind = rng.choices(("portrait", "one", "thing", "two"), (portraits, *others))[0]
        places = rng.sample(("left", "right"), 2)
        if kind == "portrait" or (kind == "one" and rng.random() < 0.5):
            places = ["centre"]
        count = 2 if kind == "two" else 1
        figures = tuple(_random_figure(rng, place, kind, goofs, bare, known) for place in places[:count])
        things: tuple[Thing, ...] = ()
        if kind == "thing":
            size = rng.choice(("small", "medium"))
            things = (Thing(rng.choice(KINDS), rng.choice(tuple(COLOURS)), places[1], size),)
        scene = Scene(rng.choice(BACKGROUNDS), things, figures, kind == "portrait")
        if scene.held_out == held_out:
            return scene


def training_scene(rng: Random) -> Scene:
    """Draw lots for a scene to learn from: 26 % one thing, 10 % two things, 64 % figures.

    Things are learned long before faces, hands and who is who. Nobody is drawn wrong: what no caption
    speaks of would be learned as the way that things are. Detectors, which are told what is wrong, draw
    lots of their own.
    """
    lot = rng.random()
    if lot < 0.36:
        return random_scene(rng, 1 if lot < 0.26 else 2, kinds=_PRACTISED_KINDS)
    return random_figure_scene(rng, bare=0.05, known=0.4, portraits=0.42)
