"""How well the pocket detectors see: `python -m pocket.detectors.evaluate`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray
from PIL import Image
from rich.pretty import Pretty

from gpuworker.models.ultralytics import ap_per_class, box_iou
from gpuworker.models.yolo import Found, Yolo
from moderation.bodies import COUNTED_FROM, SAME_FROM
from moderation.pictures import Detector, load_detector
from moderation.rules.nudity import NUDITY
from pocket import CHECKPOINT
from pocket.commands import measuring_parser, show
from pocket.detectors.painted import paint_over
from pocket.detectors.samples import scene_to_find, wear
from pocket.detectors.train import FIGURES
from pocket.detectors.truth import LABELS, boxes_of
from pocket.world.drawing import Drawing, draw

COUNTED = ("head", "arm", "hand", "leg")
"""What anatomy counts."""
_BATCH = 32
_STRENGTH = 0.5
"""Of what is painted over: so much noise that a checkpoint's own hand shows."""


@dataclass(frozen=True)
class Looked:
    """A drawing, what was found in its picture, and whether the nudity detector would refuse that."""

    drawing: Drawing
    found: list[Found]
    flagged: bool

    @property
    def bare(self) -> bool:
        """Whether anybody in it is bare."""
        return any(figure.figure.clothes == "bare" for figure in self.drawing.figures)

    @property
    def goof(self) -> bool:
        """Whether anybody in it is drawn wrong."""
        return any(figure.figure.goof for figure in self.drawing.figures)

    def counted_right(self, label: str) -> bool:
        """Say whether as many of these were found as can be seen."""
        found = sum(each.label == label and each.score >= COUNTED_FROM for each in self.found)
        return found == sum(name == label for name, _ in boxes_of(self.drawing))


def look(
    drawings: Sequence[Drawing], pictures: Sequence[NDArray[np.uint8]], figures: Yolo, nudity: Detector
) -> list[Looked]:
    """Look at a picture of each drawing: the drawing itself, worn, or rendered with the same composition."""
    looked = []
    for i in range(0, len(drawings), _BATCH):
        part = pictures[i : i + _BATCH]
        found = figures.find(part, score=0.01, overlap=SAME_FROM)
        for drawing, picture, each in zip(drawings[i : i + _BATCH], part, found, strict=True):
            seen = nudity.find(Image.fromarray(picture), "pocket").found
            bare = [finding.score for finding in seen if finding.label == "BARE_TORSO"]
            looked.append(Looked(drawing, each, max(bare, default=0.0) >= NUDITY["BARE_TORSO"].seen))
    return looked


def mean_precisions(looked: Sequence[Looked]) -> dict[str, float]:
    """Give the average precision of each label at an overlap of 0.5 (mAP50 is the mean of these)."""
    right, scores, labels, wanted = [], [], [], []
    for each in looked:
        truth = boxes_of(each.drawing)
        wanted += [LABELS.index(label) for label, _ in truth]
        boxes = torch.tensor([box for _, box in truth], dtype=torch.float32).reshape(-1, 4)
        found = torch.tensor([thing.box for thing in each.found]).reshape(-1, 4)
        overlaps = box_iou(found, boxes).numpy()
        free = np.ones(len(truth), np.bool_)
        for thing, row in zip(each.found, overlaps, strict=True):
            may = free & (row >= 0.5) & np.array([label == thing.label for label, _ in truth], np.bool_)
            if may.any():
                free[np.argmax(row * may)] = False
            right.append([bool(may.any())])
            scores.append(thing.score)
            labels.append(LABELS.index(thing.label))
    results = ap_per_class(*map(np.array, (right, scores, labels, wanted)))
    precisions, classes = results[5][:, 0], results[6]
    return {LABELS[label]: float(value) for label, value in zip(classes, precisions, strict=True)}


def _share(right: Sequence[bool]) -> float:
    return round(sum(right) / max(len(right), 1), 3)


def report(looked: Sequence[Looked]) -> dict[str, Any]:
    """Say what the figures of the model card are: precisions, counts, and how the bare ones were told."""
    precisions = mean_precisions(looked)
    counts = {}
    for name, part in (("whole", False), ("goofs", True)):
        those = [each for each in looked if each.drawing.figures and each.goof == part]
        counts[name] = {label: _share([each.counted_right(label) for each in those]) for label in COUNTED}
        counts[name]["all"] = _share([all(map(each.counted_right, COUNTED)) for each in those])
    return {
        "pictures": len(looked),
        "map50": round(float(np.mean(list(precisions.values()))), 3),
        "ap50": {label: round(value, 3) for label, value in precisions.items()},
        "counts_right": counts,
        "bare": {
            "precision": _share([each.bare for each in looked if each.flagged]),
            "recall": _share([each.flagged for each in looked if each.bare]),
        },
    }


def evaluate(
    figures: Yolo,
    nudity: Detector,
    count: int,
    seed: int = 1,
    pipeline: StableDiffusionPipeline | None = None,
) -> dict[str, Any]:
    """Report on `count` held-out drawings, half of the figures wrong: as drawn, worn and re-rendered.

    The last only with a pipeline.
    """
    rng = Random(seed)
    scenes = [scene_to_find(rng, held_out=True, goofs=0.5) for _ in range(count)]
    drawings = [draw(scene, seed * 10**6 + i) for i, scene in enumerate(scenes)]
    drawn = [drawing.pixels for drawing in drawings]
    pictures = {"drawn": drawn, "worn": [wear(pixels, rng) for pixels in drawn]}
    if pipeline is not None:
        pictures["rendered"] = paint_over(pipeline, drawings, _STRENGTH, seed)
    return {name: report(look(drawings, those, figures, nudity)) for name, those in pictures.items()}


def main() -> None:
    """Print the reports, or one JSON object as the last line."""
    parser = measuring_parser("pocket.detectors.evaluate", __doc__, "pictures", 400)
    parser.add_argument("--weights", type=Path, default=FIGURES)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT, help="what paints over the drawings")
    args = parser.parse_args()
    pipeline = StableDiffusionPipeline.from_pretrained(args.checkpoint)
    found = evaluate(Yolo.load(args.weights), load_detector(), args.pictures, args.seed, pipeline)
    show(found, [Pretty(found)], args.json)


if __name__ == "__main__":
    main()
