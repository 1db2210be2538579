"""Finds things in pictures with any YOLO of ultralytics that gives boxes, masks or keypoints.

A file is a safetensors that says in its metadata what network its weights belong to: "architecture" (JSON, as
in ultralytics' YAML files), "names" (a JSON list of labels), "task" and "image_size". ultralytics' own files
are pickles of whole programs; `gpuworker.models.convert_yolo` makes the one of the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.locate import PICKLED
from gpuworker.checkpoints.weights import tensor_names
from gpuworker.models.on_device import AT_ONCE, OnDevice, in_slices
from gpuworker.models.ultralytics import (
    DetectionModel,
    LetterBox,
    PoseModel,
    SegmentationModel,
    non_max_suppression,
    process_mask_native,
    scale_boxes,
    scale_coords,
)

TASKS: dict[str, Any] = {
    "detect": DetectionModel,
    "segment": SegmentationModel,
    "pose": PoseModel,
}
"""What a YOLO can be made for, with its class. Other kinds classify whole pictures or find turned boxes."""
_HEADS = {"detect": "Detect", "segment": "Segment", "pose": "Pose"}
# Those of YOLOv8 to YOLO12. Others would load files or fetch them.
_LAYERS = {
    *(
        "Conv",
        "DWConv",
        "GhostConv",
        "C2",
        "C2f",
        "C2fCIB",
        "C3",
        "C3Ghost",
        "C3k2",
        "C2PSA",
        "PSA",
        "SCDown",
    ),
    *("A2C2f", "SPP", "SPPF", "Bottleneck", "Concat", "nn.Upsample", "nn.Identity", *_HEADS.values()),
}
_ACTIVATION = re.compile(r"(torch\.)?nn\.\w+\(\)")
_MOST_FOUND = 300
_PATIENCE = 60.0


@dataclass(frozen=True, eq=False)
class Found:
    """One thing in a picture.

    `score` is the confidence in 0..1 and `box` (left, top, right, bottom) in pixels. `mask` is boolean
    (height, width), of the whole picture, from models that segment; `keypoints` is float32 (K, 3) of x, y in
    pixels and confidence, from models of poses (in COCO's order, if that is what they were trained on).
    """

    label: str
    score: float
    box: tuple[float, float, float, float]
    mask: NDArray[np.bool_] | None = None
    keypoints: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Yolo:
    """A loaded YOLO: its network, its labels in the order of its outputs, and the side of its input."""

    network: Any
    names: tuple[str, ...]
    task: str
    image_size: int
    on_device: OnDevice = AT_ONCE

    @classmethod
    def load(cls, file: Path, device: torch.device | str = "cpu", on_device: OnDevice = AT_ONCE) -> Yolo:
        """Load a safetensors file of the form described above. Raises `CheckpointError`."""
        if file.suffix in PICKLED:
            raise CheckpointError(
                f"{file} is a pickle, and opening a pickle can run any program: convert it with"
                f" `python -m gpuworker.models.convert_yolo {file} {file.with_suffix('.safetensors')}`,"
                " which runs nothing that is in it."
            )
        tensor_names(file)
        with safe_open(file, "pt") as opened:
            description = _read(file, opened.metadata() or {})
        task, architecture = description["task"], description["architecture"]
        try:
            network = TASKS[task](deepcopy(architecture), nc=len(description["names"]), verbose=False)
            network.load_state_dict(load_file(file))
        except Exception as error:
            raise CheckpointError(
                f"{file} holds weights that do not fit the architecture it names ({first_line(error)}):"
                " convert the original again."
            ) from error
        network.to(torch.device(device)).to(memory_format=torch.channels_last).eval().requires_grad_(False)
        return cls(network, tuple(description["names"]), task, description["image_size"], on_device)

    def find(
        self, pictures: Sequence[Image.Image | NDArray[np.uint8]], score: float = 0.25, overlap: float = 0.7
    ) -> list[list[Found]]:
        """Find what is in each picture, surest first. Pictures are PIL's or uint8 RGB (H, W, 3), of any size.

        Nothing less sure than `score` counts. Of two boxes with one label whose intersection is more than
        `overlap` of their union, only the surer one does. Any number of threads may call it at once.
        """
        fit = LetterBox((self.image_size, self.image_size))
        parts = [[_as_array(picture) for picture in part] for part in in_slices(pictures)]
        fitted = [np.stack([np.asarray(fit(image=array)) for array in arrays]) for arrays in parts]
        found = self.on_device.run_each(
            [
                partial(self._find, arrays, stack, score, overlap)
                for arrays, stack in zip(parts, fitted, strict=True)
            ]
        )
        return list(chain.from_iterable(found))

    @torch.inference_mode()
    def _find(
        self,
        arrays: Sequence[NDArray[np.uint8]],
        fitted: NDArray[np.uint8],
        score: float,
        overlap: float,
    ) -> list[list[Found]]:
        """What is in pictures that were fitted into the network's input, (N, side, side, 3)."""
        batch = torch.tensor(fitted, device=next(self.network.parameters()).device)
        outputs = self.network(batch.permute(0, 3, 1, 2).float() / 255)[0]
        boxes, prototypes = outputs if self.task == "segment" else (outputs, [None] * len(arrays))
        rows = non_max_suppression(
            boxes, score, overlap, nc=len(self.names), max_det=_MOST_FOUND, max_time_img=_PATIENCE
        )
        return [self._found(*each) for each in zip(rows, prototypes, arrays, strict=True)]

    def _found(self, rows: Tensor, prototype: Tensor | None, picture: NDArray[np.uint8]) -> list[Found]:
        """Turn rows of (left, top, right, bottom, score, label, more of the task) into what they mean."""
        shape = picture.shape[:2]
        fitted = self.image_size, self.image_size
        boxes = scale_boxes(fitted, rows[:, :4].clone(), shape)
        masks: Iterable[NDArray[np.bool_] | None] = repeat(None, len(rows))
        keypoints: Iterable[NDArray[np.float32] | None] = repeat(None, len(rows))
        if prototype is not None:
            masks = process_mask_native(prototype, rows[:, 6:], boxes, shape).bool().cpu().numpy()
        if self.task == "pose":
            points = rows[:, 6:].reshape(len(rows), *self.network.kpt_shape)
            keypoints = _surely(scale_coords(fitted, points, shape)).cpu().numpy()
        found = [
            Found(self.names[int(label)], score, (left, top, right, bottom), mask, points)
            for (left, top, right, bottom), (score, label), mask, points in zip(
                boxes.tolist(), rows[:, 4:6].tolist(), masks, keypoints, strict=True
            )
            # What lies beside the picture, in the padding.
            if left < right and top < bottom
        ]
        return [each for each in found if each.mask is None or each.mask.any()]


def _surely(points: Tensor) -> Tensor:
    """Give points (N, K, 2 or 3) a confidence of 1 where the model has none."""
    return points if points.shape[2] == 3 else torch.cat([points, torch.ones_like(points[..., :1])], 2)


def _as_array(picture: Image.Image | NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(picture.convert("RGB")) if isinstance(picture, Image.Image) else picture


def _read(file: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Read the description of the network, and check that it is made only of what this module knows."""
    task = metadata.get("task")
    if task is None or "architecture" not in metadata:
        raise CheckpointError(
            f"{file} does not say what network its weights belong to: choose a YOLO that was converted with"
            " `python -m gpuworker.models.convert_yolo`."
        )
    if task not in TASKS:
        raise CheckpointError(f"{file} is a YOLO made to {task}: choose one made to {', '.join(TASKS)}.")
    try:
        description = {
            "task": task,
            "architecture": json.loads(metadata["architecture"]),
            "names": [str(name) for name in json.loads(metadata["names"])],
            "image_size": int(metadata["image_size"]),
        }
        problem = _problem(description)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        problem = f"its description cannot be read ({first_line(error)})"
    if problem:
        raise CheckpointError(f"{file} is no YOLO that can be used, because {problem}: choose another file.")
    return description


def _problem(description: Mapping[str, Any]) -> str | None:
    architecture, size = description["architecture"], description["image_size"]
    layers = [row[2] for row in (*architecture["backbone"], *architecture["head"])]
    if unknown := sorted(set(layers) - _LAYERS):
        return f"nothing is known of its layer {unknown[0]}"
    if layers[-1] != (head := _HEADS[description["task"]]):
        return f"it ends in {layers[-1]} instead of {head}"
    if (activation := architecture.get("activation")) and not _ACTIVATION.fullmatch(activation):
        return f"its activation {activation} is no layer of torch"
    if size % 32 or not 32 <= size <= 4096:
        return f"its image size {size} is no multiple of 32 up to 4096"
    return None


def save_yolo(
    network: nn.Module,
    file: Path,
    *,
    architecture: Mapping[str, Any],
    names: Sequence[str],
    image_size: int,
    task: str = "detect",
) -> None:
    """Write a file that `Yolo.load` reads, in half precision."""
    weights = {
        name: (weight.half() if weight.is_floating_point() else weight).cpu().contiguous()
        for name, weight in network.state_dict().items()
    }
    metadata = {
        "architecture": json.dumps(architecture),
        "names": json.dumps(list(names)),
        "task": task,
        "image_size": str(image_size),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(weights, file, metadata)
