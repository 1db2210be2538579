"""Networks of ultralytics with random weights, and the files that its trainer writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from gpuworker.models.yolo import TASKS

HEADS: dict[str, list[Any]] = {
    "detect": ["Detect", ["nc"]],
    "segment": ["Segment", ["nc", 32, 16]],
    "pose": ["Pose", ["nc", [5, 3]]],
}
LABELS = ["face", "hand"]


def an_architecture(task: str) -> dict[str, Any]:
    return {
        "nc": 2,
        "backbone": [
            [-1, 1, "Conv", [8, 3, 2]],
            [-1, 1, "Conv", [16, 3, 2]],
            [-1, 1, "C2f", [16, True]],
            [-1, 1, "Conv", [32, 3, 2]],
            [-1, 1, "Conv", [32, 3, 2]],
        ],
        "head": [[[3, 4], 1, *HEADS[task]]],
        "kpt_shape": [5, 3],
    }


def a_network(task: str) -> Any:
    """A network of random weights that is sure of something, and of small boxes."""
    torch.manual_seed(5)
    network = TASKS[task](an_architecture(task), verbose=False)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    network.train()(torch.rand(2, 3, 96, 96))
    for classify in network.model[-1].cv3:
        torch.nn.init.normal_(classify[-1].weight, std=0.3)
        torch.nn.init.zeros_(classify[-1].bias)
    for place in network.model[-1].cv2:
        place[-1].bias.data = -torch.arange(16.0).repeat(4)
    return network.eval()


def write_pickle(task: str, folder: Path) -> Path:
    """What ultralytics' trainer writes: the whole model object, in half precision, and how it was trained."""
    network = a_network(task)
    network.names, network.task = dict(enumerate(LABELS)), task
    file = folder / f"{task}.pt"
    torch.save({"model": network.half(), "ema": None, "train_args": {"imgsz": 96, "task": task}}, file)
    return file


def a_photograph(width: int = 120, height: int = 80) -> Image.Image:
    noise = np.random.default_rng(3).integers(0, 256, (9, 12, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
