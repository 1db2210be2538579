"""Measures what the pocket upscaler makes of scenes it was never trained on.

`python -m pocket.upscaler.evaluate` shrinks held-out drawings to a quarter and enlarges them again.
"""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from rich.table import Table

from gpuworker.models.upscaler import Upscaler, load_upscaler
from pocket.checkpoint.evaluate import decibels
from pocket.commands import measuring_parser, show
from pocket.upscaler.pairs import LARGE, SCALE, shrink
from pocket.upscaler.train import UPSCALER
from pocket.world.drawing import draw
from pocket.world.scene import Scene, random_figure_scene, random_scene

Pixels = NDArray[np.uint8]
_EDGE = 24.0
_WINDOW = 2 * SCALE + 1


@dataclass(frozen=True)
class Quality:
    """How near enlarged pictures come to the drawings.

    `decibels` is the peak signal-to-noise ratio. `sharpness` is the mean gradient where the drawing has an
    edge, as a share of the drawing's own there. `overshoot` is how far pixels lie, in the mean and in steps
    of 255, beyond the brightest and darkest of the drawing within a pixel of the small picture: ringing.
    """

    decibels: float
    sharpness: float
    overshoot: float


def held_out_drawings(count: int, seed: int) -> list[Pixels]:
    """Give drawings (512, 512, 3) of scenes that training excluded: of a thing, of two, and of figures."""
    rng = Random(seed)
    scenes: list[Scene] = []
    for i in range(count):
        figures = i % 3 == 2
        scenes.append(
            random_figure_scene(rng, held_out=True)
            if figures
            else random_scene(rng, 1 + i % 3, held_out=True)
        )
    return [draw(scene, seed + i, LARGE).pixels for i, scene in enumerate(scenes)]


def bicubic(pixels: Pixels) -> Pixels:
    """Give a picture enlarged without knowledge, as every editor does it."""
    height, width = pixels.shape[:2]
    size = (SCALE * width, SCALE * height)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def quality(made: list[Pixels], drawn: list[Pixels]) -> Quality:
    """Compare enlarged pictures with the drawings they should be."""
    gradients = [(_gradient(ours), _gradient(truth)) for ours, truth in zip(made, drawn, strict=True)]
    ours, truth = (np.concatenate([pair[i].ravel() for pair in gradients]) for i in (0, 1))
    edges = truth > _EDGE
    return Quality(
        decibels(np.stack(made), np.stack(drawn)),
        float(ours[edges].mean() / truth[edges].mean()),
        float(np.mean([_overshoot(ours, truth) for ours, truth in zip(made, drawn, strict=True)])),
    )


def _gradient(pixels: Pixels) -> NDArray[np.float32]:
    """Give the length of the gradient of luma, by central differences, 0 to 127."""
    down, right = np.gradient(np.asarray(Image.fromarray(pixels).convert("L"), np.float32))
    length: NDArray[np.float32] = np.hypot(down, right)
    return length


def _overshoot(made: Pixels, drawn: Pixels) -> float:
    image = Image.fromarray(drawn)
    brightest, darkest = (
        np.asarray(image.filter(rank(_WINDOW)), np.float32)
        for rank in (ImageFilter.MaxFilter, ImageFilter.MinFilter)
    )
    beyond = np.maximum(made - brightest, darkest - made)
    return float(beyond.clip(0).mean())


def evaluate(upscaler: Upscaler, scenes: int, seed: int = 1) -> dict[str, Any]:
    """Give the quality of the upscaler and of bicubic interpolation on `scenes` held-out scenes."""
    drawn = held_out_drawings(scenes, seed)
    small = [shrink(pixels) for pixels in drawn]
    began = time.perf_counter()
    made = [upscaler.upscale(pixels) for pixels in small]
    seconds = time.perf_counter() - began
    ours, theirs = quality(made, drawn), quality([bicubic(pixels) for pixels in small], drawn)
    return {
        "upscaler": asdict(ours),
        "bicubic": asdict(theirs),
        "gain_decibels": ours.decibels - theirs.decibels,
        "scenes": scenes,
        "seconds_a_picture": seconds / scenes,
    }


def sheet(upscaler: Upscaler, rows: int = 3, seed: int = 1) -> Image.Image:
    """Give held-out scenes in rows: enlarged bicubically, by the upscaler, and as drawn."""
    whole = Image.new("RGB", (3 * LARGE, rows * LARGE))
    for row, drawn in enumerate(held_out_drawings(rows, seed)):
        small = shrink(drawn)
        for column, pixels in enumerate((bicubic(small), upscaler.upscale(small), drawn)):
            whole.paste(Image.fromarray(pixels), (column * LARGE, row * LARGE))
    return whole


def _table(figures: dict[str, Any]) -> Table:
    table = Table(title=f"{figures['scenes']} new scenes, {LARGE // SCALE} to {LARGE} px")
    for column in ("", "dB", "sharpness", "overshoot"):
        table.add_column(column, justify="right" if column else "left")
    for name in ("upscaler", "bicubic"):
        found = Quality(**figures[name])
        table.add_row(name, f"{found.decibels:.2f}", f"{found.sharpness:.1%}", f"{found.overshoot:.3f}")
    return table


def main() -> None:
    """Print a table, or one JSON object as the last line."""
    parser = measuring_parser("pocket.upscaler.evaluate", __doc__, "scenes", 60)
    parser.add_argument("--weights", type=Path, default=UPSCALER)
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="draw bicubic, upscaled and true instead")
    args = parser.parse_args()
    upscaler = load_upscaler(args.weights)
    if args.sheet:
        sheet(upscaler, seed=args.seed).save(args.sheet, optimize=True)
        return
    figures = evaluate(upscaler, args.scenes, args.seed)
    show(figures, [_table(figures)], args.json)


if __name__ == "__main__":
    main()
