"""Trains the pocket detectors from nothing: `python -m gpuworker.pocket.detectors.train`."""

import time
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from gpuworker.models.ultralytics import DetectionModel, v8DetectionLoss
from gpuworker.models.yolo import save_yolo
from gpuworker.pocket import WEIGHTS
from gpuworker.pocket.commands import begin_training, training_parser
from gpuworker.pocket.detectors.network import ARCHITECTURE
from gpuworker.pocket.detectors.samples import Batches
from gpuworker.pocket.detectors.truth import LABELS
from gpuworker.pocket.loop import Budget, train
from gpuworker.pocket.world.drawing import SIZE

FIGURES = WEIGHTS / "figures.safetensors"
"""The detector that ships with the package."""
_GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5}
"""What YOLOv8 multiplies the parts of its loss by."""


def train_detector(folder: Path, budget: Budget, device: str, batch: int = 8) -> nn.Module:
    """Minimise YOLOv8's loss (task-aligned assignment, CIoU, distribution focal loss)."""
    detector = DetectionModel(deepcopy(ARCHITECTURE), verbose=False)
    detector.to(device).to(memory_format=torch.channels_last)
    detector.args = SimpleNamespace(**_GAINS)
    criterion = v8DetectionLoss(detector)
    optimiser = torch.optim.AdamW(
        [{"params": list(detector.parameters()), "peak": 3e-3}], weight_decay=1e-3, fused=True
    )
    # A run that goes on draws other scenes than before it was stopped.
    batches = Batches(time.time_ns(), batch)

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        inputs = {name: tensor.to(device) for name, tensor in batches.next().items()}
        losses, shown = criterion(detector(inputs["img"]), inputs)
        return losses.sum() / batch, shown

    train({"detector": detector}, optimiser, step, budget, folder / "figures.pt")
    trained: nn.Module = detector.eval()
    return trained


def main() -> None:
    """Train for the rest of the minutes, on from where an earlier run was stopped, and write the weights."""
    parser = training_parser("gpuworker.pocket.detectors.train", __doc__, minutes=30, weights=FIGURES)
    args = parser.parse_args()
    begin_training()
    detector = train_detector(args.out, Budget(args.minutes), args.device)
    save_yolo(detector, args.weights, architecture=ARCHITECTURE, names=LABELS, image_size=SIZE)


if __name__ == "__main__":
    main()
