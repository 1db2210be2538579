"""Measures how well a pocket checkpoint draws: `python -m pocket.measures.evaluate`.

Beside each figure stands what the same measure says of drawings: what is missing to 1 there is missing
everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from diffusers import DiffusionPipeline
from rich.table import Table

from pocket import CHECKPOINT
from pocket.checkpoint.evaluate import load, render
from pocket.commands import measuring_parser, show
from pocket.measures.faces import bare, heads, well_formed
from pocket.measures.outlines import Pixels, nearness, regions
from pocket.measures.shapes import house_parts, roundness, stands_out, tips
from pocket.measures.sharpness import sharpness
from pocket.witness.network import WITNESS, Sighting, Witness, load_witness
from pocket.world.captions import BACKGROUND_WORDS, INNOCENT_WORDS, caption
from pocket.world.drawing import SIZE, draw
from pocket.world.known import KNOWN
from pocket.world.scene import (
    BACKGROUNDS,
    COLOURS,
    PLACES,
    POSES,
    SIZES,
    Figure,
    Scene,
    Thing,
    random_figure_scene,
    random_scene,
)

T = TypeVar("T")
Stretch: TypeAlias = tuple[float, float]
"""How many times as wide and as high as a square."""
_STRETCHES: tuple[Stretch, ...] = ((1, 1.5), (1.5, 1))
_WHOLE_KINDS = ("circle", "square", "triangle", "star", "heart", "tree")
"""Kinds that are one region of their colour."""
_TRIES = 400
_SECOND = 0.35
"""The share of a thing's area from which another region of its colour is a second thing."""


def _held_out(lots: Callable[[], Scene]) -> Scene:
    """Give the first scene by lots that training excluded, or any at all if there is hardly one.

    There are few combinations of somebody who always wears the same.
    """
    for _ in range(_TRIES):
        scene = lots()
        if scene.held_out:
            break
    return scene


def thing_scenes(kinds: Sequence[str], rng: Random) -> list[Scene]:
    """Give a held-out scene of one thing of each kind, in a colour that its background does not have."""
    clear = [(where, colour) for where in BACKGROUNDS for colour in COLOURS if stands_out(where, colour)]

    def lots(kind: str) -> Scene:
        background, colour = rng.choice(clear)
        return Scene(background, (Thing(kind, colour, rng.choice(tuple(PLACES)), rng.choice(tuple(SIZES))),))

    return [_held_out(partial(lots, kind)) for kind in kinds]


def person_scenes(who: Sequence[str], portrait: Sequence[bool], rng: Random) -> list[Scene]:
    """Give a held-out scene of each of CHARACTERS in the middle, as a portrait or from head to foot."""

    def lots(name: str, close: bool) -> Scene:
        clothes = (KNOWN[name].costume if name in KNOWN else None) or rng.choice(tuple(COLOURS))
        figure = Figure(name, clothes, rng.choice(POSES), "centre", "big")
        return Scene(rng.choice(BACKGROUNDS), (), (figure,), close)

    return [_held_out(partial(lots, *each)) for each in zip(who, portrait, strict=True)]


def mixed_scenes(count: int, rng: Random) -> list[Scene]:
    """Give held-out scenes of one thing, of two, and of figures, in turn."""
    return [
        random_figure_scene(rng, held_out=True) if i % 3 == 2 else random_scene(rng, 1 + i % 3, held_out=True)
        for i in range(count)
    ]


class _Source(Protocol):
    """Where pictures (H, W, 3) come from."""

    def of(self, scenes: Sequence[Scene], stretch: Stretch = (1, 1)) -> list[Pixels]:
        """Give a picture of each scene."""

    def of_beauty(self, count: int) -> list[Pixels]:
        """So many pictures of somebody beautiful."""


@dataclass(frozen=True)
class _Rendered:
    """What a pipeline makes of complete captions."""

    pipeline: DiffusionPipeline
    seed: int

    def of(self, scenes: Sequence[Scene], stretch: Stretch = (1, 1)) -> list[Pixels]:
        rng = Random(self.seed)
        captions = [caption(scene, rng, complete=True) for scene in scenes]
        return list(render(self.pipeline, captions, self.seed, stretch))

    def of_beauty(self, count: int) -> list[Pixels]:
        words = [words.format(who) for words in INNOCENT_WORDS for who in ("woman", "man")]
        backgrounds = [BACKGROUND_WORDS[name][0] for name in BACKGROUNDS]
        # Eight backgrounds and six ways to say it: every pair of them in turn.
        captions = [
            f"a {words[(i + i // len(backgrounds)) % len(words)]} {backgrounds[i % len(backgrounds)]}"
            for i in range(count)
        ]
        return list(render(self.pipeline, captions, self.seed))


@dataclass(frozen=True)
class _Drawn:
    """Drawings, on which everybody is dressed."""

    seed: int

    def of(self, scenes: Sequence[Scene], stretch: Stretch = (1, 1)) -> list[Pixels]:
        size = round(SIZE * stretch[0]), round(SIZE * stretch[1])
        return [draw(scene, self.seed + i, size).pixels for i, scene in enumerate(scenes)]

    def of_beauty(self, count: int) -> list[Pixels]:
        anybody = [("woman", "man")[i % 2] for i in range(count)]
        return self.of(person_scenes(anybody, [False] * count, Random(self.seed)))


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right)


def _of_things(source: _Source, count: int, rng: Random) -> dict[str, float]:
    def looked(kind: str, look: Callable[[Pixels, str], T]) -> list[T]:
        scenes = thing_scenes([kind] * count, rng)
        pictures = source.of(scenes)
        return [look(p, scene.things[0].colour) for p, scene in zip(pictures, scenes, strict=True)]

    doors, roofs = zip(*looked("house", house_parts), strict=True)
    return {
        "circles": sum(looked("circle", roundness)) / count,
        "stars": _share([found == 5 for found in looked("star", tips)]),
        "doors": _share(doors),
        "roofs": _share(roofs),
    }


def _of_people(source: _Source, witness: Witness, count: int, rng: Random) -> dict[str, float]:
    def looked(who: Sequence[str], portrait: Sequence[bool]) -> list[Sighting]:
        return witness.look(np.stack(source.of(person_scenes(who, portrait, rng))))

    anybody = [("man", "woman")[i % 2] for i in range(count)]
    known = [name for name in KNOWN for _ in range(max(2, count // len(KNOWN)))]
    seen = looked(known, [i % 2 == 0 for i in range(len(known))])
    return {
        "portraits": _share([well_formed(each) for each in looked(anybody, [True] * count)]),
        "known": _share([each.name == name for each, name in zip(seen, known, strict=True)]),
    }


def _once(source: _Source, witness: Witness, count: int, rng: Random) -> float:
    """Give the share of high and wide pictures in which the one thing or person asked for is there once."""
    right: list[bool] = []
    for stretch in _STRETCHES:
        things = thing_scenes([rng.choice(_WHOLE_KINDS) for _ in range(count)], rng)
        for picture, scene in zip(source.of(things, stretch), things, strict=True):
            right.append(_as_one(picture, scene.things[0]))
        anybody = [("man", "woman")[i % 2] for i in range(count)]
        people = source.of(person_scenes(anybody, [False] * count, rng), stretch)
        right += [heads(each) == 1 for each in witness.look(np.stack(people))]
    return _share(right)


def _as_one(picture: Pixels, thing: Thing) -> bool:
    """Say whether one region of the thing's colour is as large as it should be, and no other near that."""
    expected = 2.0 * SIZES[thing.size] ** 2
    return len(regions(nearness(picture, COLOURS[thing.colour]), round(_SECOND * expected))) == 1


def evaluate(pipeline: DiffusionPipeline, witness: Witness, captions: int, seed: int = 1) -> dict[str, Any]:
    """Measure about `captions` captions, on pictures `rendered` and, beside them, on the scenes `drawn`.

    `circles` is the mean isoperimetric quotient. `stars`, `doors` and `roofs` are shares of things,
    `portraits` of those with two eyes and a mouth where they should be, `known` of figures recognised, `once`
    of high and wide pictures that show what was asked for once. `sharpness` is that of edges against
    drawings', and `beautiful` is the share of pictures of somebody beautiful that show somebody bare.
    """
    few = max(captions // 8, 1)
    found: dict[str, dict[str, float]] = {}
    sharp: dict[str, list[Pixels]] = {}
    for whose, source in (("rendered", _Rendered(pipeline, seed)), ("drawn", _Drawn(seed))):
        rng = Random(seed)
        figures = _of_things(source, few, rng) | _of_people(source, witness, 2 * few, rng)
        figures["once"] = _once(source, witness, max(few // 2, 1), rng)
        seen = witness.look(np.stack(source.of_beauty(2 * few)))
        figures["beautiful"] = _share([bare(each) for each in seen])
        sharp[whose] = source.of(mixed_scenes(few, rng))
        for name, figure in figures.items():
            found.setdefault(name, {})[whose] = round(figure, 3)
    found["sharpness"] = {
        whose: round(sharpness(pictures, sharp["drawn"]), 3) for whose, pictures in sharp.items()
    }
    return found | {"captions": captions}


def main() -> None:
    """Print a table, or one JSON object as the last line."""
    parser = measuring_parser("pocket.measures.evaluate", __doc__, "captions", 200)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--witness", type=Path, default=WITNESS, help="what looks at people")
    args = parser.parse_args()
    found = evaluate(load(args.checkpoint), load_witness(args.witness), args.captions, args.seed)
    table = Table("", "rendered", "drawn", title=f"{args.checkpoint.name}, {args.captions} captions")
    for name, figures in found.items():
        if isinstance(figures, dict):
            table.add_row(name.replace("_", " "), *(f"{value:.3f}" for value in figures.values()))
    show(found, [table], args.json)


if __name__ == "__main__":
    main()
