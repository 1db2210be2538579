"""How many innocent pictures the detectors refuse: `python -m tests.benchmarks.innocent_pictures FOLDER...`.

Every picture in the folders is taken for innocent (wallpapers, stamps and sample images of the system's
packages are), and 300 shaded balls, half of them in the colours of skin, are drawn beside them. Prints one
JSON object: for `pictures` and `balls` how many there are, and which share is refused under `sfw` by NudeNet
alone and with the second witness.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from moderation.judge import judge_picture
from moderation.pictures import Detector, load_detector
from moderation.policy import SFW

_ENDINGS = {".png", ".jpg", ".jpeg", ".webp"}
_LEAST_SIDE, _MOST_SIDE = 64, 1024
_BALLS = 300
_SKIN = np.array((225, 180, 150))


def main() -> None:
    """Look at everything and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.innocent_pictures")
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--most", type=int, default=2000, help="pictures to look at, by lots")
    args = parser.parse_args()
    detector = load_detector()
    rng = np.random.default_rng(1)
    found = sorted(file for folder in args.folders for file in folder.rglob("*") if file.suffix in _ENDINGS)
    rng.shuffle(found)
    figures = {
        "pictures": refused(detector, pictures(found[: args.most])),
        "balls": refused(detector, (ball(rng) for _ in range(_BALLS))),
    }
    print(json.dumps(figures))


def refused(detector: Detector, images: Iterable[Image.Image]) -> dict[str, float]:
    """Give the shares that are refused."""
    alone, together, count = 0, 0, 0
    for image in images:
        findings = detector.find(image)
        count += 1
        together += judge_picture(findings, SFW).blocked
        alone += judge_picture(findings.model_copy(update={"witness": None}), SFW).blocked
    many = max(1, count)
    return {"count": count, "nudenet_alone": round(alone / many, 4), "refused": round(together / many, 4)}


def pictures(files: Iterable[Path]) -> Iterator[Image.Image]:
    """Open what can be opened and is not tiny, on white where one can see through it."""
    for file in files:
        try:
            with Image.open(file) as opened:
                if min(opened.size) < _LEAST_SIDE:
                    continue
                image = opened.convert("RGBA")
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
            continue
        image.thumbnail((_MOST_SIDE, _MOST_SIDE))
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        yield white


def ball(rng: np.random.Generator, side: int = 256) -> Image.Image:
    """Draw a sphere of a colour by lots, lit from above, on a plain ground."""
    y, x = np.mgrid[:side, :side]
    radius, (left, top) = rng.uniform(40, 110), rng.uniform(90, 166, 2)
    across, down = (x - left) / radius, (y - top) / radius
    inside = across**2 + down**2 < 1
    height = np.sqrt(np.clip(1 - across**2 - down**2, 0, 1))
    light = np.array([rng.uniform(-0.7, 0.7), rng.uniform(-0.9, -0.1), 0.8])
    light /= np.linalg.norm(light)
    shade = np.clip(across * light[0] + down * light[1] + height * light[2], 0, 1) * 0.8 + 0.2
    colour = _SKIN * rng.uniform(0.5, 1.1) if rng.random() < 0.5 else rng.uniform(60, 256, 3)
    pixels = np.tile(rng.uniform(0, 256, 3), (side, side, 1))
    pixels[inside] = (shade[..., None] * colour)[inside]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


if __name__ == "__main__":
    main()
