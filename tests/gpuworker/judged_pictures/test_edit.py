"""What edits by inversion show on the pocket checkpoint, beside plain img2img, as its judge sees it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image, ImageFilter

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.request import Start
from pocket.judge import load_judge
from pocket.world.captions import BACKGROUND_WORDS, PLACE_WORDS
from pocket.world.drawing import draw
from pocket.world.scene import BACKGROUNDS, COLOURS, KINDS, PLACES, Scene, Thing
from storage import starts
from storage.noise import Noise
from storage.samplers import Sampler
from tasks.edit import GUIDANCE_SCALE
from tests.gpuworker.engine.support import pixels, plain, render_together

pytestmark = pytest.mark.slow


class Recolouring(NamedTuple):
    """A drawing, the words for it and for what it shall become, and which pixels have no part in that."""

    picture: Image.Image
    shows: str
    prompt: str
    kind: str
    colour: str
    place: str
    background: str
    rest: np.ndarray


class Outcome(NamedTuple):
    """How many pictures have the new colour, the old kind and all else, and the PSNR of the rest in dB."""

    coloured: int
    kind: int
    scene: int
    psnr: float
    least_psnr: float


def recoloured(scene: Scene, seed: int, new: str, where: str) -> Recolouring:
    (thing,) = scene.things
    drawn = draw(scene, seed)
    grown = Image.fromarray(drawn.annotations[0].mask).convert("L").filter(ImageFilter.MaxFilter(13))
    return Recolouring(
        Image.fromarray(drawn.pixels),
        f"a {thing.colour} {thing.kind} {where}",
        f"a {new} {thing.kind} {where}",
        thing.kind,
        new,
        thing.place,
        scene.background,
        np.asarray(grown) == 0,
    )


def recolourings(count: int) -> list[Recolouring]:
    """Any things, by words that say where they are."""
    rng = Random(7)
    made = []
    for seed in range(count):
        kind, background, place = rng.choice(KINDS), rng.choice(BACKGROUNDS), rng.choice(list(PLACES))
        old, new = rng.sample(list(COLOURS), 2)
        where = f"{PLACE_WORDS[place][0]} {BACKGROUND_WORDS[background][0]}"
        made.append(recoloured(Scene(background, (Thing(kind, old, place, "medium"),)), seed, new, where))
    return made


def red_circles(count: int) -> list[Recolouring]:
    """Red circles anywhere over the sea, which shall be blue; the words do not say where they are."""
    rng = Random(3)
    return [
        recoloured(
            Scene("sea", (Thing("circle", "red", rng.choice(list(PLACES)), "medium"),)),
            seed,
            "blue",
            "over the sea",
        )
        for seed in range(count)
    ]


def outcome(cases: Sequence[Recolouring], pictures: Sequence[Image.Image]) -> Outcome:
    sights = load_judge().look(np.stack([np.asarray(picture) for picture in pictures]))
    found = [sight.things.get(each.place, ("", "")) for sight, each in zip(sights, cases, strict=True)]
    ratios = []
    for picture, each in zip(pictures, cases, strict=True):
        squares = (pixels(picture) - pixels(each.picture))[each.rest] ** 2
        ratios.append(10 * np.log10(255**2 / max(squares.mean(), 1e-3)))
    return Outcome(
        sum(colour == each.colour for (_, colour), each in zip(found, cases, strict=True)),
        sum(kind == each.kind for (kind, _), each in zip(found, cases, strict=True)),
        sum(
            (sight.background, set(sight.things)) == (each.background, {each.place})
            for sight, each in zip(sights, cases, strict=True)
        ),
        float(np.mean(ratios)),
        float(min(ratios)),
    )


@pytest.mark.parametrize("cases", [recolourings(8), red_circles(8)], ids=["with places", "without"])
def test_the_colour_changes_and_the_rest_stays(
    tmp_path_factory: pytest.TempPathFactory, cases: list[Recolouring]
) -> None:
    store = CheckpointStore(tmp_path_factory.mktemp("no checkpoints"), "cpu")
    settings: dict[str, Any] = {"checkpoint": "pocket", "width": 128, "height": 128, "steps": 20}

    def rendered(strength: float, guidance: float, inverted: bool) -> Outcome:
        requests = [
            plain(
                prompt=each.prompt,
                noise=Noise(seed=seed),
                start=Start(each.picture, strength, shows=each.shows if inverted else None),
                sampler=Sampler.DPMPP_2M_KARRAS,
                guidance_scale=guidance,
                **settings,
            )
            for seed, each in enumerate(cases)
        ]
        return outcome(cases, render_together(store, requests))

    table = {
        f"img2img {strength}": rendered(strength, 4.5, inverted=False) for strength in (0.65, 0.75, 0.85)
    }
    usual = starts.Edit(image="0" * 64, shows="x").strength
    table["inversion"] = edited = rendered(usual, GUIDANCE_SCALE, inverted=True)
    for name, figures in table.items():
        print(f"{name:14}", figures)
    assert edited.coloured >= 7
    assert edited.kind >= 7
    assert edited.scene >= 7
    assert edited.psnr > 30
    assert edited.least_psnr > 20
    plainly = max(
        (each for name, each in table.items() if name != "inversion"), key=lambda each: each.coloured
    )
    assert edited.psnr > plainly.psnr + 6
