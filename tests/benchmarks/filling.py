"""The two ways to fill a mask: a checkpoint that was trained to, and one that draws, held to the picture.

`python -m tests.benchmarks.filling FOLDER` compares the checkpoint in a folder, which
`python -m pocket.checkpoint.filling` makes, with the pocket checkpoint that ships. In drawings of two things
that training never saw, one is masked with some of what is around it, and another one asked for there.
The same masks, prompts and seeds for both; the last line is one JSON object, with shares of the pictures:

- `thing`: the judge sees what was asked for, of the kind and colour, where the mask is;
- `other`: it still sees the thing that was not masked;
- `outside`: how far pixels moved that are 8 or more away from the mask, at the mean, of 255;
- `seam`: the mean difference of neighbours across the mask's edge, against the same in a whole drawing of
  what was asked for.

`--sheet PNG` shows a column for each: the drawing with its mask in grey, and what either made of it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.request import Request, Start
from pocket.checkpoint.filling import within
from pocket.judge import load_judge
from pocket.world.captions import caption
from pocket.world.drawing import SIZE, draw
from pocket.world.scene import COLOURS, KINDS, Scene, Thing, random_scene
from storage.noise import Noise
from storage.samplers import Sampler
from tests.gpuworker.engine.support import edge_step, pixels, render_together

_AWAY = 17
"""The size of a filter that makes a mask 8 pixels wider."""
Pixels = NDArray[np.uint8]


class Case(NamedTuple):
    """A drawing, what of it is masked, what it should show then, and a drawing of that."""

    picture: Image.Image
    mask: Image.Image
    wanted: Scene
    drawn: Image.Image
    seed: int


def cases(count: int, seed: int) -> list[Case]:
    """Make so many by lots; the thing that is asked for comes first in its scene."""
    rng, made = Random(seed), []
    for number in range(count):
        scene = random_scene(rng, 2, held_out=True)
        old, other = scene.things
        kind = rng.choice([kind for kind in KINDS if kind != old.kind])
        colour = rng.choice([colour for colour in COLOURS if colour not in (old.colour, other.colour)])
        wanted = Scene(scene.background, (Thing(kind, colour, old.place, old.size), other))
        drawing, after = draw(scene, seed + number), draw(wanted, seed + number)
        (a, b, c, d), (e, f, g, h) = drawing.annotations[0].box, after.annotations[0].box
        mask = within((min(a, e), min(b, f), max(c, g), max(d, h)), (SIZE, SIZE), 5)
        picture, marked, drawn = (Image.fromarray(each) for each in (drawing.pixels, mask, after.pixels))
        made.append(Case(picture, marked.convert("L"), wanted, drawn, number))
    return made


def filled(store: CheckpointStore, name: str, some: Sequence[Case], steps: int) -> list[Image.Image]:
    """Render the cases as mask jobs with nothing left of what is masked."""
    lots = Random(1)
    return render_together(
        store,
        [
            Request(
                checkpoint=name,
                prompt=caption(case.wanted, lots, complete=True),
                negative_prompt="",
                width=SIZE,
                height=SIZE,
                steps=steps,
                sampler=Sampler.DPMPP_2M,
                guidance_scale=4.0,
                noise=Noise(seed=case.seed),
                start=Start(case.picture, 1.0, case.mask),
            )
            for case in some
        ],
    )


def measured(some: Sequence[Case], made: Sequence[Image.Image]) -> dict[str, float]:
    """Look at what was made of the cases."""
    seen = load_judge().look(np.stack([np.asarray(picture) for picture in made]))
    right = [
        [sight.things.get(thing.place) == (thing.kind, thing.colour) for thing in case.wanted.things]
        for case, sight in zip(some, seen, strict=True)
    ]
    moved, seams, drawn = [], [], []
    for case, picture in zip(some, made, strict=True):
        away = np.asarray(case.mask.filter(ImageFilter.MaxFilter(_AWAY))) == 0
        moved.append(np.abs(pixels(picture) - pixels(case.picture))[away].mean())
        seams.append(edge_step(picture, case.mask))
        drawn.append(edge_step(case.drawn, case.mask))
    thing, other = np.mean(right, axis=0)
    return {
        "thing": float(thing),
        "other": float(other),
        "outside": float(np.mean(moved)),
        "seam": float(np.mean(seams) / np.mean(drawn)),
    }


def sheet(some: Sequence[Case], *made: Sequence[Image.Image]) -> Image.Image:
    """Show a column for each case."""
    whole = Image.new("RGB", (SIZE * len(some), SIZE * (1 + len(made))))
    for i, case in enumerate(some):
        whole.paste(case.picture, (i * SIZE, 0))
        whole.paste((128, 128, 128), (i * SIZE, 0), case.mask)
        for row, pictures in enumerate(made, 1):
            whole.paste(pictures[i], (i * SIZE, row * SIZE))
    return whole


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.filling", description=__doc__)
    parser.add_argument("folder", type=Path, help="the checkpoint that fills masks")
    parser.add_argument("--cases", type=int, default=32)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sheet", type=Path, metavar="PNG")
    args = parser.parse_args()
    some, store = cases(args.cases, args.seed), CheckpointStore(args.folder.parent, "cpu")
    made = {
        "nine channels": filled(store, args.folder.name, some, args.steps),
        "four channels": filled(store, "pocket", some, args.steps),
        "drawn": [case.drawn for case in some],
    }
    if args.sheet:
        sheet(some, *made.values()).save(args.sheet)
    print(json.dumps({way: measured(some, pictures) for way, pictures in made.items()}))


if __name__ == "__main__":
    main()
