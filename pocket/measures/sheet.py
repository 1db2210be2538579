"""Sheets of pictures to look at: `python -m pocket.measures.sheet --out PNG`.

Equal seeds give the same captions and noise for every checkpoint, so that sheets can be held side by side.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from textwrap import fill

from diffusers import DiffusionPipeline
from PIL import Image, ImageDraw

from pocket import CHECKPOINT
from pocket.checkpoint.evaluate import load, render
from pocket.commands import picture_parser
from pocket.measures.evaluate import person_scenes
from pocket.world.captions import caption
from pocket.world.drawing import SIZE
from pocket.world.known import KNOWN
from pocket.world.scene import Scene, random_figure_scene, random_scene

_ACROSS, _TWICE, _STRIP = 6, 2, 54
_PLAIN = (
    "a red circle",
    "a yellow star at night",
    "a red heart and a blue star in the snow",
    "a green boat and an orange house in the desert",
    "a woman in the city",
    "a portrait of a man at sunset",
)
"""What somebody types who has read no manual."""


def captions_of_sheet(seed: int) -> list[str]:
    """Six rows of six: plain words, one thing, two things, people, portraits, and known figures."""
    rng = Random(seed)
    scenes: list[Scene] = [random_scene(rng, 1, held_out=True) for _ in range(_ACROSS)]
    scenes += [random_scene(rng, 2, held_out=True) for _ in range(_ACROSS)]
    while len(scenes) < 3 * _ACROSS:
        scene = random_figure_scene(rng, held_out=True, known=0.0)
        if not scene.portrait:
            scenes.append(scene)
    scenes += person_scenes(["man", "woman"] * (_ACROSS // 2), [True] * _ACROSS, rng)
    names = rng.sample(tuple(KNOWN), _ACROSS)
    scenes += person_scenes(names, [i % 2 == 0 for i in range(_ACROSS)], rng)
    return [*_PLAIN, *(caption(scene, rng, complete=True) for scene in scenes)]


def sheet(pipeline: DiffusionPipeline, seed: int = 1) -> Image.Image:
    """Give the pictures of a sheet at twice their size, over their captions."""
    captions = captions_of_sheet(seed)
    side = SIZE * _TWICE
    whole = Image.new("RGB", (_ACROSS * side, len(captions) // _ACROSS * (side + _STRIP)), "white")
    words = ImageDraw.Draw(whole)
    for i, (pixels, text) in enumerate(zip(render(pipeline, captions, seed), captions, strict=True)):
        x, y = i % _ACROSS * side, i // _ACROSS * (side + _STRIP)
        whole.paste(Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS), (x, y))
        words.multiline_text((x + 2, y + side), fill(text, 42), fill="black", font_size=12, spacing=1)
    return whole


def main() -> None:
    """Write a sheet."""
    parser = picture_parser("pocket.measures.sheet", __doc__)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    args = parser.parse_args()
    sheet(load(args.checkpoint), args.seed).save(args.out)


if __name__ == "__main__":
    main()
