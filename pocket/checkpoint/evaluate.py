"""Measures how well a pocket checkpoint obeys captions it was never trained on.

`python -m pocket.checkpoint.evaluate` renders captions of held-out scenes and has the judge and the
detector of figures look at them.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from textwrap import fill
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, DiffusionPipeline
from diffusers.utils import logging as diffusers_logging
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from rich.table import Table

from gpuworker.models.yolo import Yolo
from moderation.pictures import Detector, load_detector
from pocket import CHECKPOINT
from pocket.commands import measuring_parser, show
from pocket.detectors.evaluate import COUNTED, Looked, look
from pocket.detectors.train import FIGURES
from pocket.judge import Judge, Sight, load_judge
from pocket.tensors import to_tensor
from pocket.world.captions import caption
from pocket.world.drawing import SIZE, draw
from pocket.world.scene import Scene, random_figure_scene, random_scene

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
    """Give scenes of `things` (1 or 2) things that training excluded."""
    rng = Random(seed)
    return [random_scene(rng, things, held_out=True) for _ in range(count)]


def held_out_figures(count: int, seed: int) -> list[Scene]:
    """Give scenes of figures from head to foot that training excluded, nobody drawn wrong or bare."""
    rng = Random(seed)
    scenes: list[Scene] = []
    while len(scenes) < count:
        scene = random_figure_scene(rng, held_out=True)
        if not scene.portrait:
            scenes.append(scene)
    return scenes


def render(
    pipeline: DiffusionPipeline, captions: Sequence[str], seed: int, stretch: tuple[float, float] = (1, 1)
) -> NDArray[np.uint8]:
    """Give pictures (N, 128, 128, 3), uint8 RGB; the n-th has the seed `seed + n`, whatever the others are.

    `stretch` makes them so many times as wide and high. Those of `pocket-xl` are larger when they are made,
    and scaled down.
    """
    side = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    width, height = (round(side * times) for times in stretch)
    size = round(SIZE * stretch[0]), round(SIZE * stretch[1])
    pictures: list[Image.Image] = []
    for start in range(0, len(captions), _BATCH):
        part = list(captions[start : start + _BATCH])
        pictures += pipeline(
            part,
            width=width,
            height=height,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE,
            generator=[torch.Generator().manual_seed(seed + start + i) for i in range(len(part))],
        ).images
    return np.stack([np.asarray(picture.resize(size, Image.Resampling.BOX)) for picture in pictures])


@torch.no_grad()
def through(vae: AutoencoderKL, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give pictures (N, 128, 128, 3), encoded and decoded again: the best that any denoiser could do."""
    parts = []
    for part in torch.split(to_tensor(pixels), _BATCH):
        decoded = vae.decode(vae.encode(part).latent_dist.mean).sample
        parts.append(((decoded.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy())
    return np.concatenate(parts)


def decibels(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Give the peak signal-to-noise ratio of two stacks of pictures, infinite when they are equal."""
    error = float(np.square(a.astype(np.float64) - b).mean())
    return 10 * math.log10(255**2 / error) if error else math.inf


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


def limbs_right(looked: Sequence[Looked]) -> dict[str, float]:
    """Give shares of pictures with as many heads, hands and so on as is right; `limbs` are arms and legs."""

    def share(*labels: str) -> float:
        return sum(all(map(each.counted_right, labels)) for each in looked) / len(looked)

    return {label: share(label) for label in COUNTED} | {"limbs": share("arm", "leg"), "all": share(*COUNTED)}


def evaluate_figures(
    pipeline: DiffusionPipeline, figures: Yolo, nudity: Detector, captions: int, seed: int = 1
) -> dict[str, Any]:
    """Say how often figures have as many limbs as they should; `drawn` is how well the detector counts."""
    scenes, rng = held_out_figures(captions, seed), Random(seed)
    drawings = [draw(scene, seed + i) for i, scene in enumerate(scenes)]
    rendered = render(pipeline, [caption(scene, rng, complete=True) for scene in scenes], seed)
    drawn = [drawing.pixels for drawing in drawings]
    return {
        name: limbs_right(look(drawings, pictures, figures, nudity))
        for name, pictures in (("rendered", list(rendered)), ("drawn", drawn))
    }


def evaluate(pipeline: DiffusionPipeline, judge: Judge, captions: int, seed: int = 1) -> dict[str, Any]:
    """Give the shares for `captions` captions, half of one thing and half of two.

    `judge` in the answer holds the judge's own scores on drawings of the same scenes, clean and through the
    autoencoder: what is missing to 1 there is missing everywhere.
    """
    found: dict[str, Any] = {}
    drawn: dict[str, Any] = {}
    decoded: dict[str, Any] = {}
    pairs = []
    rng, half = Random(seed), max(captions // 2, 1)
    seconds = 0.0
    for things, name in ((1, "one_object"), (2, "two_objects")):
        scenes = held_out_scenes(half, things, seed + things)
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
        "captions": 2 * half,
        "guidance": GUIDANCE,
        "steps": STEPS,
        "seconds_a_picture": round(seconds / (2 * half), 3),
    }


def grid(pipeline: DiffusionPipeline, seed: int = 1) -> Image.Image:
    """Show held-out captions under their pictures: a row of one thing, one of two things, two of figures."""
    columns, rows, strip = 6, 4, 76
    rng = Random(seed)
    scenes = [s for n in (1, 2) for s in held_out_scenes(columns, n, seed + n)]
    scenes += [random_figure_scene(rng, held_out=True) for _ in range(2 * columns)]
    captions = [caption(scene, rng, complete=True) for scene in scenes]
    pictures = render(pipeline, captions, seed)
    sheet = Image.new("RGB", (columns * SIZE, rows * (SIZE + strip)), "white")
    draw_text = ImageDraw.Draw(sheet)
    for i, (picture, text) in enumerate(zip(pictures, captions, strict=True)):
        x, y = i % columns * SIZE, i // columns * (SIZE + strip)
        sheet.paste(Image.fromarray(picture), (x, y))
        draw_text.multiline_text((x + 2, y + SIZE), fill(text, 25), fill="black", font_size=10, spacing=1)
    return sheet


def load(checkpoint: Path) -> DiffusionPipeline:
    """Give a checkpoint of any family in diffusers' stock pipeline, silent."""
    diffusers_logging.set_verbosity_error()
    pipeline = DiffusionPipeline.from_pretrained(checkpoint)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _table(found: dict[str, Any]) -> Table:
    table = Table(title=f"{found['captions']} new captions, {STEPS} steps, guidance {GUIDANCE:g}")
    for column in ("", "kind", "colour", "place", "background"):
        table.add_column(column, justify="right" if column else "left")
    judge = found["judge"]
    groups = {"rendered": found, "drawn": judge["drawings"], "decoded": judge["through_autoencoder"]}
    for label, group in groups.items():
        for name in ("one_object", "two_objects"):
            table.add_row(f"{label}, {name.replace('_', ' ')}", *(f"{v:.1%}" for v in group[name].values()))
    return table


def _figures_table(found: dict[str, Any]) -> Table:
    table = Table("", *(label for label in found["drawn"]), title="Figures with the right number of")
    for name, shares in found.items():
        table.add_row(name, *(f"{share:.1%}" for share in shares.values()))
    return table


def main() -> None:
    """Print tables, or one JSON object as the last line."""
    parser = measuring_parser("pocket.checkpoint.evaluate", __doc__, "captions", 200)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument(
        "--grid", type=Path, metavar="PNG", help="draw a sheet of pictures and their captions instead"
    )
    args = parser.parse_args()
    pipeline = load(args.checkpoint)
    if args.grid:
        grid(pipeline, args.seed).save(args.grid, optimize=True)
        return
    found = evaluate(pipeline, load_judge(), args.captions, args.seed)
    figures = evaluate_figures(
        pipeline, Yolo.load(FIGURES), load_detector(), max(args.captions // 2, 1), args.seed
    )
    show(found | {"figures": figures}, [_table(found), _figures_table(figures)], args.json)


if __name__ == "__main__":
    main()
