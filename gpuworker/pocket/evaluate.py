"""Measures how well the pocket checkpoint obeys captions it was never trained on.

`python -m gpuworker.pocket.evaluate` renders captions of held-out scenes and has the judge look at them.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from textwrap import fill
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline
from diffusers.utils import logging as diffusers_logging
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from rich.console import Console
from rich.table import Table

from gpuworker.pocket import CHECKPOINT
from gpuworker.pocket.checkpoint.autoencoder import to_tensor
from gpuworker.pocket.judge import Judge, Sight, load_judge
from gpuworker.pocket.world.captions import caption
from gpuworker.pocket.world.drawing import SIZE, draw
from gpuworker.pocket.world.scene import Scene, random_scene

GUIDANCE = 4.0
STEPS = 20
_BATCH = 20


@dataclass(frozen=True)
class Shares:
    """Shares of pictures, 0 to 1, in which something is right for every thing asked for.

    `kind` and `colour` count at the place asked for; `place` means that things stand at the places asked for
    and nowhere else; `background` is the picture's.
    """

    kind: float
    colour: float
    place: float
    background: float


def held_out_scenes(count: int, things: int, seed: int) -> list[Scene]:
    """Scenes of `things` (1 or 2) things that training excluded."""
    rng = Random(seed)
    return [random_scene(rng, things, held_out=True) for _ in range(count)]


def render(pipeline: StableDiffusionPipeline, captions: Sequence[str], seed: int) -> NDArray[np.uint8]:
    """Pictures (N, 128, 128, 3), uint8 RGB; the n-th has the seed `seed + n`, whatever the others are."""
    pictures: list[Image.Image] = []
    for start in range(0, len(captions), _BATCH):
        part = list(captions[start : start + _BATCH])
        generators = [torch.Generator().manual_seed(seed + start + i) for i in range(len(part))]
        pictures += pipeline(
            part, num_inference_steps=STEPS, guidance_scale=GUIDANCE, generator=generators
        ).images
    return np.stack([np.asarray(picture) for picture in pictures])


@torch.no_grad()
def through(vae: AutoencoderKL, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures (N, 128, 128, 3), encoded and decoded again: the best that any denoiser could do."""
    parts = []
    for part in torch.split(to_tensor(pixels), _BATCH):
        decoded = vae.decode(vae.encode(part).latent_dist.mean).sample
        parts.append(((decoded.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy())
    return np.concatenate(parts)


def decibels(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio of two stacks of pictures."""
    return float(10 * np.log10(255**2 / np.square(a.astype(np.float64) - b).mean()))


def score(scenes: Sequence[Scene], sights: Sequence[Sight]) -> Shares:
    """Compare what was asked for with what the judge saw."""
    kind = colour = place = background = 0
    for scene, sight in zip(scenes, sights, strict=True):
        seen = [sight.things.get(thing.place, ("", "")) for thing in scene.things]
        kind += all(thing.kind == found[0] for thing, found in zip(scene.things, seen, strict=True))
        colour += all(thing.colour == found[1] for thing, found in zip(scene.things, seen, strict=True))
        place += {thing.place for thing in scene.things} == set(sight.things)
        background += scene.background == sight.background
    count = len(scenes)
    return Shares(kind / count, colour / count, place / count, background / count)


def evaluate(pipeline: StableDiffusionPipeline, judge: Judge, captions: int, seed: int = 1) -> dict[str, Any]:
    """Figures for `captions` captions, half of one thing and half of two.

    `judge` in the answer holds the judge's own scores on drawings of the same scenes, clean and through the
    autoencoder: what is missing to 1 there is missing everywhere.
    """
    found: dict[str, Any] = {}
    drawn: dict[str, Any] = {}
    decoded: dict[str, Any] = {}
    pairs = []
    rng = Random(seed)
    seconds = 0.0
    for things, name in ((1, "one_object"), (2, "two_objects")):
        scenes = held_out_scenes(captions // 2, things, seed + things)
        began = time.perf_counter()
        pictures = render(pipeline, [caption(scene, rng, complete=True) for scene in scenes], seed)
        seconds += time.perf_counter() - began
        drawings = np.stack([draw(scene, seed + i).pixels for i, scene in enumerate(scenes)])
        copies = through(pipeline.vae, drawings)
        pairs.append((drawings, copies))
        found[name] = asdict(score(scenes, judge.look(pictures)))
        drawn[name] = asdict(score(scenes, judge.look(drawings)))
        decoded[name] = asdict(score(scenes, judge.look(copies)))
    return found | {
        "judge": {"drawings": drawn, "through_autoencoder": decoded},
        "autoencoder_decibels": round(decibels(*map(np.concatenate, zip(*pairs, strict=True))), 2),
        "captions": captions // 2 * 2,
        "guidance": GUIDANCE,
        "steps": STEPS,
        "seconds_a_picture": round(seconds / (captions // 2 * 2), 3),
    }


def grid(pipeline: StableDiffusionPipeline, seed: int = 1) -> Image.Image:
    """Pictures of held-out captions, each over its caption; the upper half of one thing, the lower of two."""
    columns, rows, strip = 4, 4, 52
    rng = Random(seed)
    scenes = [s for n in (1, 2) for s in held_out_scenes(columns * rows // 2, n, seed + n)]
    captions = [caption(scene, rng, complete=True) for scene in scenes]
    pictures = render(pipeline, captions, seed)
    sheet = Image.new("RGB", (columns * SIZE, rows * (SIZE + strip)), "white")
    draw_text = ImageDraw.Draw(sheet)
    for i, (picture, text) in enumerate(zip(pictures, captions, strict=True)):
        x, y = i % columns * SIZE, i // columns * (SIZE + strip)
        sheet.paste(Image.fromarray(picture), (x, y))
        draw_text.multiline_text((x + 2, y + SIZE), fill(text, 25), fill="black", font_size=10, spacing=1)
    return sheet


def _table(figures: dict[str, Any]) -> Table:
    table = Table(title=f"{figures['captions']} new captions, {STEPS} steps, guidance {GUIDANCE:g}")
    for column in ("", "kind", "colour", "place", "background"):
        table.add_column(column, justify="right" if column else "left")
    judge = figures["judge"]
    groups = {"rendered": figures, "drawn": judge["drawings"], "decoded": judge["through_autoencoder"]}
    for label, group in groups.items():
        for name in ("one_object", "two_objects"):
            table.add_row(f"{label}, {name.replace('_', ' ')}", *(f"{v:.1%}" for v in group[name].values()))
    return table


def main() -> None:
    """Print a table, or one JSON object as the last line."""
    parser = argparse.ArgumentParser(prog="python -m gpuworker.pocket.evaluate", description=__doc__)
    parser.add_argument("--captions", type=int, default=200, help="how many; half ask for two things")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--grid", type=Path, metavar="PNG", help="draw a sheet of pictures and their captions instead"
    )
    args = parser.parse_args()
    if args.captions < 2:
        parser.error("--captions must be at least 2")
    diffusers_logging.set_verbosity_error()
    pipeline = StableDiffusionPipeline.from_pretrained(args.checkpoint)
    pipeline.set_progress_bar_config(disable=True)
    if args.grid:
        grid(pipeline, args.seed).save(args.grid, optimize=True)
        return
    figures = evaluate(pipeline, load_judge(), args.captions, args.seed)
    if args.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        Console().print(_table(figures))


if __name__ == "__main__":
    main()
