"""Trains the detector of bare figures that moderation looks through: `python -m pocket.detectors.bare`.

It begins as the detector of figures, and goes on with what checkpoints paint in so much noise that they make
it up nearly by themselves. There limbs melt and hands go, which that detector must not learn from. But who is
bare still is, about where the drawing had them, and a figure that came out badly is as bare as any other.
"""

from __future__ import annotations

import hashlib
import math
import time
from pathlib import Path
from random import Random

import numpy as np
import torch
from diffusers import DiffusionPipeline
from numpy.typing import NDArray
from torch import Tensor, nn

import moderation
from gpuworker.models.ultralytics import DetectionModel
from gpuworker.models.yolo import Yolo
from pocket.commands import begin_training, training_parser
from pocket.detectors.painted import PAINTERS, painted_samples
from pocket.detectors.samples import Sample
from pocket.detectors.train import FIGURES, PEAK, learn
from pocket.detectors.truth import LABELS
from pocket.loop import Budget
from pocket.world.captions import caption
from pocket.world.drawing import SIZE
from pocket.world.known import MANNEQUIN
from pocket.world.scene import Scene, random_figure_scene, random_scene

BARE = Path(moderation.__file__).parent / "data" / "bare.onnx"
"""The detector that moderation looks through."""
_OPSET = 17
_PAINTED = 700
"""Pictures of figures that each checkpoint paints to learn from, and half as many of things."""
_STRENGTHS = (0.3, 0.9)
_BATCH = 16
_FEW_STEPS = (3, 4, 6, 8, 12)
_STEERED_AWAY = "nude, naked, bare"
"""As a worker's further tries are. What comes out in spite of that is melted, with rings around it."""
_BARE_WITHIN, _DRESSED_FROM = 38.0, 60.0
"""How far from a mannequin's colour a torso's is, in RGB, where it is surely bare and surely dressed."""


def bare_or_dressed(rng: Random) -> Scene:
    """Give a scene with figures, every other one bare where it is alone."""
    return random_figure_scene(rng, goofs=0.1, bare=0.5, portraits=0.15)


def as_painted(sample: Sample) -> Sample | None:
    """Give a painted sample as it came out, or None if one cannot tell.

    Who was drawn bare may have been dressed on the way, and then has no bare torso any more.
    """
    torsos = sample.labels == LABELS.index("bare torso")
    distances = [_from_mannequin(sample.pixels, box) for box in sample.boxes[torsos]]
    if any(_BARE_WITHIN < distance < _DRESSED_FROM for distance in distances):
        return None
    true = np.ones(len(sample.labels), np.bool_)
    true[torsos] = [distance <= _BARE_WITHIN for distance in distances]
    return Sample(sample.pixels, sample.labels[true], sample.boxes[true])


@torch.no_grad()
def unfinished_things(pipeline: DiffusionPipeline, count: int, seed: int) -> list[Sample]:
    """Give so many pictures of things that a checkpoint made in few steps, with nobody in them.

    Walls and evening skies are as pale there as skin, and what has edges in them looks like a torso.
    """
    rng, samples, nothing = Random(f"things {seed}"), list[Sample](), np.zeros((0, 4), np.float32)
    pipeline.set_progress_bar_config(disable=True)
    while len(samples) < count:
        few = range(min(_BATCH, count - len(samples)))
        scenes = [random_scene(rng, rng.choice((1, 2))) for _ in few]
        painted = pipeline(
            [caption(scene, rng) for scene in scenes],
            num_inference_steps=rng.choice(_FEW_STEPS),
            guidance_scale=rng.uniform(3, 9),
        ).images
        pixels = [np.asarray(picture.resize((SIZE, SIZE))) for picture in painted]
        samples += [Sample(each, np.zeros(0, np.float32), nothing) for each in pixels]
    return samples


def _from_mannequin(pixels: NDArray[np.uint8], box: NDArray[np.float32]) -> float:
    """Give the distance of a mannequin's colour to that of the middle of a box."""
    left, top, right, bottom = box
    across, down = (right - left) / 4, (bottom - top) / 4
    rows = slice(int(top + down), math.ceil(bottom - down))
    middle = pixels[rows, int(left + across) : math.ceil(right - across)].reshape(-1, 3)
    return float(np.linalg.norm(np.median(middle, 0) - MANNEQUIN))


class _BareTorso(nn.Module):
    """A detector of figures without its other labels: (1, 3, 128, 128) to (1, 5, N)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.network(images)
        label = 4 + LABELS.index("bare torso")
        return torch.cat([found[:, :4], found[:, label : label + 1]], 1)


def export_bare(detector: DetectionModel, target: Path = BARE) -> str:
    """Write the ONNX and give its SHA-256, which the manifest signs. The detector is fused, in place."""
    detector.eval().fuse(verbose=False)
    detector.model[-1].export = True
    pictures = torch.zeros(1, 3, SIZE, SIZE)
    # The newer exporter needs a further package and gives the same network.
    torch.onnx.export(
        _BareTorso(detector).eval(),
        (pictures,),
        target,
        input_names=["images"],
        output_names=["found"],
        opset_version=_OPSET,
        dynamo=False,
    )
    return hashlib.sha256(target.read_bytes()).hexdigest()


def main() -> None:
    """Train for the rest of the minutes, on from where an earlier run was stopped, and write the ONNX."""
    parser = training_parser("pocket.detectors.bare", __doc__, minutes=34, weights=BARE)
    parser.add_argument("--checkpoints", nargs="+", type=Path, default=PAINTERS, help="those that paint")
    args = parser.parse_args()
    begin_training()
    detector = Yolo.load(FIGURES, args.device).network.train().requires_grad_(True)
    painted: list[Sample] = []
    for painter in map(DiffusionPipeline.from_pretrained, args.checkpoints):
        figures = painted_samples(
            painter, _PAINTED, time.time_ns(), bare_or_dressed, _STRENGTHS, (None, _STEERED_AWAY)
        )
        painted += filter(None, map(as_painted, figures))
        painted += unfinished_things(painter, _PAINTED // 2, time.time_ns())
    learn(detector, painted, PEAK / 3, Budget(args.minutes), args.out / "bare.pt")
    print(export_bare(detector.cpu(), args.weights))  # noqa: T201


if __name__ == "__main__":
    main()
