"""Measures every pocket model on scenes that none was trained on: `python -m pocket.evaluate`.

Each model's own module has more to ask for, such as sheets to look at; here are all their figures together.
"""

from typing import Any

from rich.pretty import Pretty

from gpuworker.models.clip import Clip
from gpuworker.models.upscaler import load_upscaler
from gpuworker.models.word_masks import WordMasks
from gpuworker.models.yolo import Yolo
from moderation.pictures import load_detector
from pocket import CHECKPOINT, WEIGHTS
from pocket.checkpoint import evaluate as checkpoints
from pocket.checkpoint.editions import EDITIONS
from pocket.clip import evaluate as clip
from pocket.clip.network import CLIP
from pocket.commands import measuring_parser, show
from pocket.detectors import evaluate as detectors
from pocket.detectors.train import FIGURES
from pocket.judge import load_judge
from pocket.measures import evaluate as measures
from pocket.upscaler import evaluate as upscaler
from pocket.upscaler.train import UPSCALER
from pocket.witness.network import load_witness
from pocket.word_masks import evaluate as word_masks
from pocket.word_masks.network import CLIPSEG


def evaluate(captions: int, seed: int = 1) -> dict[str, Any]:
    """Give the shares of `pocket` for `captions` captions, and by name what the other models reach."""
    judge, figures, nudity = load_judge(), Yolo.load(FIGURES), load_detector()
    found: dict[str, Any] = {}
    for name in EDITIONS:
        pipeline = checkpoints.load(WEIGHTS / name)
        found[name] = checkpoints.evaluate(pipeline, judge, captions, seed)
        found[name]["figures"] = checkpoints.evaluate_figures(
            pipeline, figures, nudity, max(captions // 2, 1), seed
        )
        found[name]["drawn_well"] = measures.evaluate(pipeline, load_witness(), captions, seed)
    found["clip"] = clip.evaluate(Clip.load(CLIP), rounds=max(captions // 20, 1), seed=seed)
    found["masks"] = word_masks.evaluate(WordMasks.load(CLIPSEG), max(captions // 2, 1), seed)
    found["detectors"] = detectors.evaluate(figures, nudity, captions, seed, checkpoints.load(CHECKPOINT))
    found["upscaler"] = upscaler.evaluate(load_upscaler(UPSCALER), max(captions // 4, 3), seed)
    return {**found.pop("pocket"), **found}


def main() -> None:
    """Print the figures, or one JSON object as the last line."""
    parser = measuring_parser("pocket.evaluate", __doc__, "captions", 200)
    args = parser.parse_args()
    found = evaluate(args.captions, args.seed)
    show(found, [Pretty(found)], args.json)


if __name__ == "__main__":
    main()
