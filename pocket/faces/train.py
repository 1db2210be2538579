"""Trains what finds drawn faces and what tells their traits: `python -m pocket.faces.train`."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

import numpy as np
import torch
from diffusers import DiffusionPipeline
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from moderation.faces.drawn import FINDER, TELLER
from pocket.commands import begin_training, training_parser
from pocket.detectors.painted import PAINTERS
from pocket.faces.export import export
from pocket.faces.network import CELL, CROP_SIDE, ExportedFinder, ExportedTeller, FaceFinder, TraitTeller
from pocket.faces.painted import painted_faces
from pocket.faces.samples import MARGIN, Face, Sample, crop_of, sample_of, scene_of_anybody, worn
from pocket.faces.traits import Traits, loss_of, traits_of
from pocket.loop import Budget, train
from pocket.tensors import to_tensor
from pocket.world.drawing import SIZE

T = TypeVar("T")

_PEAK = 4e-3
_KEPT, _FRESH = 3000, 2
_PAINTED = 320
"""Pictures that each checkpoint paints to learn from."""
_SIZE_WEIGHT = 0.2
_TELLER_SHARE = 0.4
"""Of the minutes."""
_NEARER, _FARTHER, _ASIDE = 0.85, 1.2, 0.12
"""How much nearer, farther and aside (in shares of the side) a face may lie than where it is."""
_DIM, _NOISE = 0.12, 0.06


def train_finder(
    folder: Path, budget: Budget, device: str, painted: Sequence[Sample] = (), batch: int = 16
) -> FaceFinder:
    """Learn to find faces, from worn drawings of anybody and as much of what was `painted`."""
    finder = FaceFinder().to(device)
    finder.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(
        [{"params": list(finder.parameters()), "peak": _PEAK}], weight_decay=0.01, fused=True
    )
    rng = Random(time.time_ns())
    drawn: deque[Sample] = deque(maxlen=_KEPT)

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        while True:
            drawn.extend(sample_of(scene_of_anybody(rng), rng.getrandbits(32)) for _ in range(_FRESH))
            if len(drawn) >= batch:
                break
        chosen = _halves(rng, drawn, painted, batch)
        return _finding_loss(finder, [worn(each, rng) for each in chosen], device)

    train({"finder": finder}, optimiser, step, budget, folder / "finder.pt")
    return finder.eval()


def train_teller(
    folder: Path, budget: Budget, device: str, painted: Sequence[Sample] = (), batch: int = 64
) -> TraitTeller:
    """Learn to tell the traits of faces that were found, each a little aside; half of them `painted` ones."""
    teller = TraitTeller().to(device)
    optimiser = torch.optim.AdamW(
        [{"params": list(teller.parameters()), "peak": _PEAK}], weight_decay=0.01, fused=True
    )
    rng = Random(time.time_ns())
    crops: deque[tuple[NDArray[np.uint8], Face]] = deque(maxlen=_KEPT)
    of_painted = [(crop_of(sample, face), face) for sample in painted for face in sample.faces]

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        while True:
            for _ in range(_FRESH):
                sample = worn(sample_of(scene_of_anybody(rng), rng.getrandbits(32)), rng)
                crops.extend((crop_of(sample, face), face) for face in sample.faces)
            if len(crops) >= batch:
                break
        chosen = _halves(rng, crops, of_painted, batch)
        wanted = traits_of([face.look for _, face in chosen])
        pictures = _moved(to_tensor(np.stack([crop for crop, _ in chosen])).to(device))
        loss = loss_of(teller(pictures), Traits(*(each.to(device) for each in wanted)))
        return loss, {"traits": loss.detach()}

    train({"teller": teller}, optimiser, step, budget, folder / "teller.pt")
    return teller.eval()


def _halves(rng: Random, drawn: Sequence[T], painted: Sequence[T], count: int) -> list[T]:
    """Draw lots for a batch of both kinds, or of drawings alone where nothing was painted."""
    half = count // 2 if painted else 0
    return [rng.choice(painted) for _ in range(half)] + [rng.choice(drawn) for _ in range(count - half)]


def _moved(crops: Tensor) -> Tensor:
    """Give the middles (N, 3, 32, 32) of crops, by lots nearer, aside, mirrored, dimmer and noisier."""
    count = len(crops)
    scale = torch.empty(count).uniform_(_NEARER, _FARTHER) / MARGIN
    mirror = (torch.rand(count) < 0.5) * 2.0 - 1
    aside = torch.empty(2, count).uniform_(-_ASIDE, _ASIDE) / MARGIN
    zero = torch.zeros(count)
    rows = [torch.stack([scale * mirror, zero, aside[0]], 1), torch.stack([zero, scale, aside[1]], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), [count, 3, CROP_SIDE, CROP_SIDE], align_corners=False)
    moved = F.grid_sample(crops, grid.to(crops.device), padding_mode="border", align_corners=False)
    dim = 1 + torch.empty(count, 1, 1, 1, device=crops.device).uniform_(-_DIM, _DIM)
    tint = torch.empty(count, 3, 1, 1, device=crops.device).uniform_(-_NOISE, _NOISE)
    return moved * dim + tint + torch.randn_like(moved) * _NOISE * torch.rand(count, 1, 1, 1)


def _finding_loss(finder: FaceFinder, samples: list[Sample], device: str) -> tuple[Tensor, dict[str, Tensor]]:
    """Give the loss: of the middles CenterNet's focal loss, of the sizes their distance."""
    there, sizes = finder(to_tensor(np.stack([sample.pixels for sample in samples])).to(device))
    wanted = torch.from_numpy(np.stack([_middles(sample) for sample in samples])).to(device)
    there_loss = _focal(there[:, 0], wanted)
    faces = [(place, face) for place, sample in enumerate(samples) for face in sample.faces]
    if not faces:
        return there_loss, {"there": there_loss.detach()}
    which = torch.tensor([place for place, _ in faces])
    cells = torch.tensor([_cell(face.box) for _, face in faces])
    # The cell that is found may be a neighbour of the true one.
    near = (cells + torch.randint(-1, 2, cells.shape)).clamp(0, SIZE // CELL - 1)
    boxes = torch.tensor([face.box for _, face in faces]).to(device).float()
    extents = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1)
    size_loss = F.l1_loss(sizes[which, :, near[:, 1], near[:, 0]], extents.log())
    return there_loss + _SIZE_WEIGHT * size_loss, {"there": there_loss.detach(), "sizes": size_loss.detach()}


def _focal(there: Tensor, wanted: Tensor) -> Tensor:
    chances = there.sigmoid().clamp(1e-4, 1 - 1e-4)
    middles = wanted == 1
    hits = ((1 - chances) ** 2 * chances.log())[middles].sum()
    misses = ((1 - wanted) ** 4 * chances**2 * (1 - chances).log())[~middles].sum()
    return -(hits + misses) / middles.sum().clamp(min=1)


def _middles(sample: Sample) -> NDArray[np.float32]:
    """Give a map (32, 32) of 1 at the cell of each face's middle, and less around it."""
    rows, columns = np.mgrid[: SIZE // CELL, : SIZE // CELL]
    field = np.zeros((SIZE // CELL, SIZE // CELL), np.float32)
    for face in sample.faces:
        x, y = _cell(face.box)
        spread = max(face.box[2] - face.box[0], face.box[3] - face.box[1]) / CELL / 6
        field = np.maximum(field, np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * spread**2)))
    return field.astype(np.float32)


def _cell(box: tuple[int, int, int, int]) -> tuple[int, int]:
    return min((box[0] + box[2]) // 2, SIZE - 1) // CELL, min((box[1] + box[3]) // 2, SIZE - 1) // CELL


def main() -> None:
    """Train for the rest of the minutes, on from where an earlier run was stopped; write the ONNX files."""
    parser = training_parser("pocket.faces.train", __doc__, minutes=10, weights=FINDER.parent)
    parser.add_argument("--checkpoints", nargs="*", type=Path, default=PAINTERS, help="those that paint")
    args = parser.parse_args()
    begin_training()
    painted = [
        sample
        for painter in map(DiffusionPipeline.from_pretrained, args.checkpoints)
        for sample in painted_faces(painter, _PAINTED, time.time_ns())
    ]
    finder = train_finder(args.out, Budget(args.minutes * (1 - _TELLER_SHARE)), args.device, painted)
    teller = train_teller(args.out, Budget(args.minutes * _TELLER_SHARE), args.device, painted)
    export(ExportedFinder(finder), SIZE, args.weights / FINDER.name, any_size=True)
    export(ExportedTeller(teller), CROP_SIDE, args.weights / TELLER.name)


if __name__ == "__main__":
    main()
