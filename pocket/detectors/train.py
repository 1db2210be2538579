"""Trains the pocket detectors from nothing: `python -m pocket.detectors.train`."""

import time
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import torch
from diffusers import DiffusionPipeline
from torch import Tensor, nn

from gpuworker.models.ultralytics import DetectionModel, v8DetectionLoss
from gpuworker.models.yolo import save_yolo
from pocket import CHECKPOINT, WEIGHTS
from pocket.commands import begin_training, training_parser
from pocket.detectors.network import ARCHITECTURE
from pocket.detectors.painted import painted_samples
from pocket.detectors.samples import Batches, Sample, scene_to_find
from pocket.detectors.truth import LABELS
from pocket.loop import Budget, train
from pocket.world.drawing import SIZE

FIGURES = WEIGHTS / "figures.safetensors"
"""The detector that ships with the package."""
_GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5}
"""What YOLOv8 multiplies the parts of its loss by."""
PEAK = 3e-3
_PAINTED = 1000
"""Pictures that a checkpoint paints to learn from, in about five minutes on a core."""
_STRENGTHS = (0.25, 0.4)
"""In more noise, hands that were there may be gone, and a detector would learn to imagine them."""


def learn(
    detector: DetectionModel,
    painted: Sequence[Sample],
    peak: float,
    budget: Budget,
    path: Path,
    batch: int = 8,
) -> None:
    """Minimise YOLOv8's loss (task-aligned assignment, CIoU, distribution focal loss), in place.

    What is learned from are worn drawings, and as many pictures of `painted` if there are any. `peak` is the
    highest learning rate; what is unfinished lies at `path`.
    """
    device = next(detector.parameters()).device
    detector.args = SimpleNamespace(**_GAINS)
    criterion = v8DetectionLoss(detector)
    weights = [{"params": list(detector.parameters()), "peak": peak}]
    optimiser = torch.optim.AdamW(weights, weight_decay=1e-3, fused=True)
    # A run that goes on draws other scenes than before it was stopped.
    batches = Batches(time.time_ns(), batch, painted=painted)

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        inputs = {name: tensor.to(device) for name, tensor in batches.next().items()}
        losses, shown = criterion(detector(inputs["img"]), inputs)
        return losses.sum() / batch, shown

    train({"detector": detector}, optimiser, step, budget, path)


def train_detector(
    folder: Path,
    budget: Budget,
    painted_budget: Budget,
    pipeline: DiffusionPipeline,
    device: str,
    batch: int = 8,
    painted: int = _PAINTED,
) -> nn.Module:
    """Learn first from worn drawings, then half from such and half from what a checkpoint painted over."""
    detector = DetectionModel(deepcopy(ARCHITECTURE), verbose=False)
    detector.to(device).to(memory_format=torch.channels_last)
    learn(detector, (), PEAK, budget, folder / "figures.pt", batch)
    samples = painted_samples(pipeline, painted, time.time_ns(), scene_to_find, _STRENGTHS)
    learn(detector, samples, PEAK / 3, painted_budget, folder / "figures-painted.pt", batch)
    trained: nn.Module = detector.eval()
    return trained


def main() -> None:
    """Train for the rest of the minutes, on from where an earlier run was stopped, and write the weights."""
    parser = training_parser("pocket.detectors.train", __doc__, minutes=42, weights=FIGURES)
    parser.add_argument("--painted-minutes", type=float, default=12, help="of learning from painted pictures")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT, help="what paints over drawings")
    args = parser.parse_args()
    begin_training()
    pipeline = DiffusionPipeline.from_pretrained(args.checkpoint)
    budgets = Budget(args.minutes), Budget(args.painted_minutes)
    detector = train_detector(args.out, *budgets, pipeline, args.device)
    save_yolo(detector, args.weights, architecture=ARCHITECTURE, names=LABELS, image_size=SIZE)


if __name__ == "__main__":
    main()
