"""What becomes of a small thing that words point at, on the pocket models, as their judge sees it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import NamedTuple, cast

import numpy as np
import pytest
from PIL import Image, ImageFilter

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.request import Request, Start
from gpuworker.models.lazy import lazy_masks
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.fetch import opened
from gpuworker.stages.word_mask import region_of, word_mask
from pocket.judge import load_judge
from pocket.world.captions import BACKGROUND_WORDS
from pocket.world.drawing import draw
from pocket.world.scene import BACKGROUNDS, COLOURS, KINDS, Scene, Thing
from storage.intake import take_in
from storage.samplers import Sampler
from storage.settings import Settings
from tests.gpuworker.engine.support import edge_step, plain, render_together

pytestmark = pytest.mark.slow
HOUSE = Path(__file__).parents[3]
COUNT, SIDE, DRAWN = 12, 256, 128
"""Pictures, the pixels along their sides, and those along the sides of what the checkpoint draws."""


class Case(NamedTuple):
    """A picture, the words for the small thing in it, and what that shall become."""

    picture: Image.Image
    words: str
    kind: str
    colour: str
    prompt: str


def cases() -> list[Case]:
    """Things half as large as the checkpoint ever saw one, anywhere in scenes of twice its side."""
    rng, made = Random(4), []
    for seed in range(COUNT):
        background = rng.choice(BACKGROUNDS)
        old, kind = rng.sample(KINDS, 2)
        was, colour = rng.sample(list(COLOURS), 2)
        picture = Image.fromarray(draw(Scene(background, ()), seed, SIDE).pixels)
        small = draw(Scene(background, (Thing(old, was, "centre", "small"),)), seed)
        shape = Image.fromarray(small.annotations[0].mask).convert("L").filter(ImageFilter.MaxFilter(3))
        corner = rng.randrange(SIDE - DRAWN), rng.randrange(SIDE - DRAWN)
        picture.paste(Image.fromarray(small.pixels), corner, shape)
        prompt = f"a {colour} {kind} in the middle {BACKGROUND_WORDS[background][0]}"
        made.append(Case(picture, f"the {was} {old}", kind, colour, prompt))
    return made


def asked(prompt: str, seed: int, start: Start) -> Request:
    return plain(
        checkpoint="pocket",
        prompt=prompt,
        width=DRAWN,
        height=DRAWN,
        steps=12,
        sampler=Sampler.DPMPP_2M_KARRAS,
        guidance_scale=4.5,
        seed=seed,
        start=start,
    )


def test_a_small_thing_becomes_what_was_asked_and_fits_in(tmp_path: Path) -> None:
    bench = cast(Bench, SimpleNamespace(masks=lazy_masks(Settings(home=tmp_path), "cpu")))
    given, masks = [], []
    for case in cases():
        with contextlib.suppress(JobFailed):  # so small a thing may be overlooked, and the member is told
            masks.append(word_mask(case.picture, case.words, bench))
            given.append(case)
    count = len(given)
    assert count >= COUNT - 2
    regions = [region_of(mask, (DRAWN, DRAWN)) for mask in masks]
    large = [
        asked(case.prompt, seed, region.start(case.picture, 1.0))
        for seed, (case, region) in enumerate(zip(given, regions, strict=True))
    ]
    whole = [
        asked(case.prompt, seed, Start(case.picture.resize((DRAWN, DRAWN)), 1.0, mask.resize((DRAWN, DRAWN))))
        for seed, (case, mask) in enumerate(zip(given, masks, strict=True))
    ]
    rendered = render_together(CheckpointStore(tmp_path, "cpu"), [*large, *whole])
    made = {
        "cut out": [
            region.put_back(case.picture, new)
            for case, region, new in zip(given, regions, rendered[:count], strict=True)
        ],
        "whole": [
            Image.composite(new.resize((SIDE, SIDE), Image.Resampling.LANCZOS), case.picture, mask)
            for case, mask, new in zip(given, masks, rendered[count:], strict=True)
        ],
    }
    kinds, colours, steps = {}, {}, {}
    for way, pictures in made.items():
        close = [
            picture.crop(region.box).resize((DRAWN, DRAWN))
            for picture, region in zip(pictures, regions, strict=True)
        ]
        sights = load_judge().look(np.stack([np.asarray(picture) for picture in close]))
        seen = [sight.things.get("centre", ("", "")) for sight in sights]
        kinds[way] = sum(kind == case.kind for (kind, _), case in zip(seen, given, strict=True))
        colours[way] = sum(colour == case.colour for (_, colour), case in zip(seen, given, strict=True))
        steps[way] = float(np.mean([edge_step(*each) for each in zip(pictures, masks, strict=True)]))
    print(f"of {count}, kinds right: {kinds}, colours right: {colours}; steps at the edge, of 255: {steps}")
    assert kinds["cut out"] >= 8
    assert kinds["cut out"] >= kinds["whole"] + 5
    assert colours["cut out"] >= 8
    assert steps["cut out"] < 18
    assert steps["cut out"] < steps["whole"] / 2


def test_the_readmes_boat_becomes_a_house_and_nothing_of_it_stays(tmp_path: Path) -> None:
    bench = cast(Bench, SimpleNamespace(masks=lazy_masks(Settings(home=tmp_path), "cpu")))
    boat = opened(take_in((HOUSE / "docs" / "boat.jpg").read_bytes()).picture).convert("RGB")
    region = region_of(word_mask(boat, "the boat", bench), (DRAWN, DRAWN))
    prompt = "a big pink house in the middle over the sea"
    assert f'"{prompt}" --image docs/boat.jpg' in (HOUSE / "README.md").read_text(encoding="utf-8")
    start = region.start(boat, 1.0)
    requests = [replace(asked(prompt, seed, start), steps=20) for seed in range(100, 110)]
    rendered = render_together(CheckpointStore(tmp_path, "cpu"), requests)
    close = [region.put_back(boat, new).crop(region.box).resize((DRAWN, DRAWN)) for new in rendered]
    seen = [
        list(sight.things.values())
        for sight in load_judge().look(np.stack([np.asarray(picture) for picture in close]))
    ]
    print(f"of {len(seen)}, seen where the boat was: {seen}")
    assert sum(things == [("house", "pink")] for things in seen) >= 9
