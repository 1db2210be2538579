"""How soon taste agrees with a simulated member's own pick of four; prints JSON.

Members like colours and backgrounds of the drawn world more or less, each in their own way, and always choose
what they like best of four drawings; other members care about kinds, places and sizes, too, half as much. The
model sees what the pocket CLIP tells of them. Where nothing but the scenes' words is seen, exactly, twenty
choices teach a model like this 0.66 and 0.63.
Run with `python -m tests.benchmarks.taste`.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median

import numpy as np
from PIL import Image

from gpuworker.models.words import Words
from gpuworker.stages.taste import told
from pocket.world.drawing import draw
from pocket.world.scene import BACKGROUNDS, COLOURS, KINDS, PLACES, SIZES, Scene, Thing
from storage.settings import Settings
from tasks.taste import Choice, learned

MEMBERS, HELD_OUT, TAUGHT = 24, 60, (5, 10, 20, 40)


def main() -> None:
    """Print the share of held-out fours of which the same one is chosen, the median of the members."""
    with tempfile.TemporaryDirectory() as home:
        words = Words(Settings(home=Path(home)), "cpu")
        rng = Random(3)
        scenes = [a_scene(rng) for _ in range(4 * (HELD_OUT + max(TAUGHT)))]
        images = [Image.fromarray(draw(scene, seed).pixels) for seed, scene in enumerate(scenes)]
        seen = told(words.clip.pictures(images), words).numpy()
        vectors = seen.reshape(-1, 4, seen.shape[1])
    fours = [scenes[start : start + 4] for start in range(0, len(scenes), 4)]
    agreed: dict[str, dict[int, list[float]]] = {
        "colours, backgrounds": defaultdict(list),
        "all": defaultdict(list),
    }
    for seed, cares in itertools.product(range(MEMBERS), agreed):
        likes = a_member(Random(seed), 0.0 if cares != "all" else 0.5)
        choices = [Choice(seen, picked(likes, four)) for seen, four in zip(vectors, fours, strict=True)]
        held_out, taught = choices[:HELD_OUT], choices[HELD_OUT:]
        for count in TAUGHT:
            weights = learned(taught[:count])
            hits = [int((each.pictures @ weights).argmax()) == each.index for each in held_out]
            agreed[cares][count].append(sum(hits) / HELD_OUT)
    found = {
        cares: {
            count: {"median": round(median(each), 3), "least": round(min(each), 3)}
            for count, each in of.items()
        }
        for cares, of in agreed.items()
    }
    print(json.dumps({"members": MEMBERS, "fours": HELD_OUT, "chance": 0.25, "after choices": found}))


def a_scene(rng: Random) -> Scene:
    """Draw a thing by lot."""
    thing = Thing(rng.choice(KINDS), rng.choice([*COLOURS]), rng.choice([*PLACES]), rng.choice([*SIZES]))
    return Scene(rng.choice(BACKGROUNDS), (thing,))


def a_member(rng: Random, others: float) -> dict[str, float]:
    """Say how much somebody likes each word; all but colours and backgrounds matter only so much to them."""
    first = {word: rng.gauss(0, 1) for word in (*COLOURS, *BACKGROUNDS)}
    return first | {word: others * rng.gauss(0, 1) for word in (*KINDS, *PLACES, *SIZES)}


def picked(likes: dict[str, float], four: Sequence[Scene]) -> int:
    """Give the index of the scene that a member likes best."""
    return int(np.argmax([utility(likes, scene) for scene in four]))


def utility(likes: dict[str, float], scene: Scene) -> float:
    """Add up what somebody thinks of what is in a scene."""
    (thing,) = scene.things
    return sum(likes[word] for word in (thing.kind, thing.colour, thing.place, thing.size, scene.background))


if __name__ == "__main__":
    main()
