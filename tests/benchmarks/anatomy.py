"""How well people who came out wrong are told from the others: `python -m tests.benchmarks.anatomy`.

Figures of held-out scenes, half of them drawn wrong on purpose, are painted over by the pocket checkpoint
(image to image). Its painting may mend a goof or blur it: the truth is taken to be known where the picture,
in the part in which the drawing differs from the same one without its goof, is clearly nearer to one of the
two. The last line is one JSON object:

- `recall`, `precision`: of figures with a head, an arm or a leg too many or missing, or a third hand;
- `recall_of`: by what is wrong with them, and how many there were;
- `share_before`, `share_after`: pictures that have such a goof, of those that are made and of those that are
  posted, where each may be made three times; `falls` is how many times fewer, `renders` how many pictures it
  takes for each that was asked for, and `kept_back` the share of these that nobody gets;
- `unknown`: the share of pictures that are left out because their truth is not known.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray
from PIL import Image

from gpuworker.models.yolo import Yolo
from gpuworker.stages.anatomy import counted
from gpuworker.stages.second_try import MOST_TRIES
from moderation.policy import Anatomy
from moderation.rules.anatomy import of_bodies
from pocket import CHECKPOINT
from pocket.detectors.painted import paint_over
from pocket.detectors.train import FIGURES
from pocket.world.captions import caption
from pocket.world.drawing import Drawing, draw
from pocket.world.scene import GOOFS, Scene, random_figure_scene
from tests.benchmarks.serving import rounded

STRENGTH = 0.2
_MILD = "six fingers"
_DIFFERS = 60
"""Of 765, the difference from which a pixel belongs to a goof."""
_LEAST_PIXELS = 12
_STANDS, _MENDED = 0.7, 0.4
"""How near to the goof, of 1, a picture is that surely has it, and one that surely has not."""
_ASKED = 10_000


@dataclass(frozen=True)
class Known:
    """A picture, what was wrong in its drawing, whether it is so still, and whether the rule says so."""

    goof: str | None
    is_wrong: bool
    is_discarded: bool


def still_wrong(drawing: Drawing, mended: Drawing, picture: NDArray[np.uint8]) -> bool | None:
    """Say whether a picture painted over a drawing has its goof, or is as the mended drawing is; or None."""
    differs = np.abs(drawing.pixels.astype(int) - mended.pixels).sum(2) > _DIFFERS
    if differs.sum() < _LEAST_PIXELS:
        return None
    from_goof, from_mended = (
        np.abs(picture.astype(float) - each.pixels)[differs].mean() for each in (drawing, mended)
    )
    nearness = from_mended / (from_goof + from_mended)
    return True if nearness >= _STANDS else False if nearness <= _MENDED else None


def pool(pictures: int, seed: int, pipeline: StableDiffusionPipeline, figures: Yolo) -> list[Known | None]:
    """Paint so many pictures and look at them; None stands for one whose truth is not known."""
    rng = Random(seed)
    scenes = [random_figure_scene(rng, held_out=True, goofs=0.5) for _ in range(pictures)]
    drawings = [draw(scene, seed * 10**6 + place) for place, scene in enumerate(scenes)]
    painted = paint_over(pipeline, drawings, STRENGTH, seed)
    found = []
    for place, (drawing, picture) in enumerate(zip(drawings, painted, strict=True)):
        words = caption(drawing.scene, rng, complete=True)
        (seen,) = counted([Image.fromarray(picture)], [words], figures)
        discarded = of_bodies(seen, Anatomy.NORMAL).blocked
        mended = draw(_mended(drawing.scene), seed * 10**6 + place)
        found.append(_known(drawing, mended, picture, discarded))
    return found


def _known(drawing: Drawing, mended: Drawing, picture: NDArray[np.uint8], discarded: bool) -> Known | None:
    goofs = [each.figure.goof for each in drawing.figures if each.figure.goof]
    severe = [goof for goof in goofs if goof != _MILD]
    if not severe:
        return Known(goofs[0] if goofs else None, is_wrong=False, is_discarded=discarded)
    wrong = still_wrong(drawing, mended, picture) if len(drawing.figures) == 1 else None
    return None if wrong is None else Known(severe[0], wrong, discarded)


def _mended(scene: Scene) -> Scene:
    return replace(scene, figures=tuple(replace(figure, goof=None) for figure in scene.figures))


def measure(pictures: Sequence[Known | None], seed: int) -> dict[str, Any]:
    """Say what the rule found, and what is posted where each try is one of these pictures."""
    known = [each for each in pictures if each is not None]
    wrong = [each for each in known if each.is_wrong]
    discarded = [each for each in known if each.is_discarded]
    both = sum(each.is_discarded for each in wrong)
    return {
        "pictures": len(known),
        "unknown": 1 - len(known) / len(pictures),
        "recall": both / max(1, len(wrong)),
        "precision": both / max(1, len(discarded)),
        "recall_of": _by_goof(wrong),
        **_posted(known, Random(seed)),
    }


def _by_goof(wrong: Sequence[Known]) -> dict[str, list[float]]:
    all_of = Counter(each.goof for each in wrong)
    found = Counter(each.goof for each in wrong if each.is_discarded)
    return {goof: [round(found[goof] / all_of[goof], 3), all_of[goof]] for goof in GOOFS if all_of[goof]}


def _posted(known: Sequence[Known], rng: Random) -> dict[str, float]:
    posted, renders = [], 0
    for _ in range(_ASKED):
        for _ in range(MOST_TRIES):
            renders += 1
            made = rng.choice(known)
            if not made.is_discarded:
                posted.append(made)
                break
    before = sum(each.is_wrong for each in known) / len(known)
    after = sum(each.is_wrong for each in posted) / max(1, len(posted))
    return {
        "share_before": before,
        "share_after": after,
        "falls": before / max(after, 1 / _ASKED),
        "renders": renders / _ASKED,
        "kept_back": 1 - len(posted) / _ASKED,
    }


def main() -> None:
    """Paint, look, and print one JSON object as the last line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.anatomy", description=__doc__)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    pipeline, figures = StableDiffusionPipeline.from_pretrained(CHECKPOINT), Yolo.load(FIGURES)
    found = pool(args.pictures, args.seed, pipeline, figures)
    print(json.dumps(rounded(measure(found, args.seed))))


if __name__ == "__main__":
    main()
