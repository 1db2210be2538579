"""Turns ultralytics' .pt into safetensors: `python -m gpuworker.models.convert_yolo FILE.pt OUT.safetensors`.

A .pt is a pickle of the whole model object. It is read by torch's restricted reader (`weights_only`), which
makes tensors, plain data, and objects of the layer classes of torch and ultralytics; a file that asks for
anything else is refused before anything is run. What remains is trust in those classes and in that reader:
ultralytics' own files, ADetailer's among them, are what this is meant for. A file that nobody vouches for is
better converted where there is nothing to lose, a container without network.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.models.ultralytics import torch_safe_load
from gpuworker.models.yolo import TASKS, Yolo, save_yolo


def convert(source: Path, target: Path) -> Yolo:
    """Convert a .pt of ultralytics and load the result. Raises `CheckpointError` and leaves no file then."""
    if not source.is_file():
        raise CheckpointError(f"{source} is missing: give the path of a .pt that is there.")
    try:
        saved, _ = torch_safe_load(source, safe_only=True)
    except Exception as error:
        raise CheckpointError(
            f"{source} is cut off, or asks for more than a YOLO of ultralytics is made of"
            f" ({first_line(error)}): download it again from where its makers publish it."
        ) from error
    network = saved.get("ema") or saved.get("model")
    architecture = getattr(network, "yaml", None)
    if network is None or not isinstance(architecture, dict):
        raise CheckpointError(f"{source} holds no model of ultralytics: choose another file.")
    task = _task(network)
    if task not in TASKS:
        raise CheckpointError(f"{source} is a YOLO made to {task}: choose one made to {', '.join(TASKS)}.")
    size = saved.get("train_args", {}).get("imgsz", 640)
    try:
        save_yolo(
            network,
            target,
            architecture=architecture,
            names=[name for _, name in sorted(network.names.items())],
            image_size=max(size) if isinstance(size, Sequence) else size,
            task=task,
        )
        return Yolo.load(target)
    except CheckpointError:
        target.unlink()
        raise


def _task(network: Any) -> str:
    """Tell what a model is for by its last layer, which decides what comes out of it."""
    head = type(network.model[-1]).__name__.lower()
    return {"classify": "classify", "obb": "find turned boxes"}.get(head, head)


def main() -> None:
    """Convert one file; a refusal is one line and exit status 1."""
    parser = argparse.ArgumentParser(
        prog="python -m gpuworker.models.convert_yolo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, metavar="FILE.pt")
    parser.add_argument("target", type=Path, metavar="OUT.safetensors")
    args = parser.parse_args()
    try:
        yolo = convert(args.source, args.target)
    except CheckpointError as error:
        sys.exit(str(error))
    print(f"{args.target}: made to {yolo.task} {', '.join(yolo.names)}")  # noqa: T201


if __name__ == "__main__":
    main()
