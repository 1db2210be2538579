"""Measures how well the pocket CLIPSeg finds what phrases say, in scenes it was never trained on.

`python -m pocket.word_masks.evaluate` draws held-out scenes and asks for what is in them.
"""

from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.table import Table

from gpuworker.models.word_masks import WordMasks
from pocket.clip.evaluate import fresh_scene
from pocket.commands import measuring_parser, show
from pocket.word_masks.network import CLIPSEG
from pocket.word_masks.phrases import GROUPS, group_phrases
from pocket.world.captions import absent
from pocket.world.drawing import draw

FOUND_FROM = 0.5
"""How sure the model must be of a pixel."""
_SILENT = 0.002


def overlap(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks of one shape, 0 to 1."""
    return float((found & truth).sum() / max((found | truth).sum(), 1))


def evaluate(masks: WordMasks, scenes: int, seed: int = 1) -> dict[str, Any]:
    """Give the mean overlap of masks found and true, for a phrase of each group that a scene has.

    `iou` is that of all phrases, `left_hand` that of "the left hand" where there is one; `absent` is the
    share of phrases for what is not in the picture that find less than 0.2 % of it.
    """
    rng = Random(seed)
    overlaps: dict[str, list[float]] = defaultdict(list)
    silent = []
    for _ in range(scenes):
        drawing = draw(fresh_scene(rng), rng.getrandbits(32))
        picture = Image.fromarray(drawing.pixels)
        for group, phrases in group_phrases(drawing).items():
            phrase, truth = rng.choice(phrases)
            overlaps[group].append(overlap(masks.find(picture, phrase) >= FOUND_FROM, truth))
            if (left := dict(phrases).get("the left hand")) is not None:
                found = masks.find(picture, "the left hand") >= FOUND_FROM
                overlaps["left_hand"].append(overlap(found, left))
        nothing = masks.find(picture, absent(drawing.scene, rng)) >= FOUND_FROM
        silent.append(nothing.mean() < _SILENT)
    everything = [value for group in GROUPS for value in overlaps[group]]
    return {
        "iou": round(float(np.mean(everything)), 3),
        "iou_by_group": {group: round(float(np.mean(v)), 3) for group, v in overlaps.items() if v},
        "absent": round(float(np.mean(silent)), 3),
        "scenes": scenes,
    }


def _table(found: dict[str, Any]) -> Table:
    table = Table("phrases of", "IoU", title=f"{found['scenes']} new scenes")
    for group, value in sorted(found["iou_by_group"].items()):
        table.add_row(group.replace("_", " "), f"{value:.3f}")
    table.add_row("all groups", f"{found['iou']:.3f}")
    table.add_row("nothing that is there, silent", f"{found['absent']:.1%}")
    return table


def main() -> None:
    """Print a table, or one JSON object as the last line."""
    parser = measuring_parser("pocket.word_masks.evaluate", __doc__, "scenes", 100)
    parser.add_argument("--weights", type=Path, default=CLIPSEG)
    args = parser.parse_args()
    found = evaluate(WordMasks.load(args.weights), args.scenes, args.seed)
    show(found, [_table(found)], args.json)


if __name__ == "__main__":
    main()
