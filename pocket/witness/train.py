"""Trains the witness from nothing: `python -m pocket.witness.train`."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from pocket.commands import begin_training, training_parser
from pocket.detectors.samples import wear
from pocket.loop import Budget, train
from pocket.tensors import to_tensor
from pocket.witness.network import NAMES, NOBODY, SEEN, WITNESS, Witness, save_witness
from pocket.world.drawing import Drawing, draw
from pocket.world.known import KNOWN
from pocket.world.scene import Scene, random_figure_scene, random_scene

_KEPT = 3000
_FRESH = 3
_PEAK = 3e-3
_FIGURES_SHARE = 0.85
_BARE_SHARE, _KNOWN_SHARE, _PORTRAITS = 0.15, 0.5, 0.45
_NAMES_WEIGHT = 0.3


class Sample(NamedTuple):
    """A drawing's pixels (H, W, 3), its maps (len(SEEN), H / 2, W / 2), 0 to 255, and its name's number."""

    pixels: NDArray[np.uint8]
    maps: NDArray[np.uint8]
    name: int


def scene_to_tell(rng: Random) -> Scene:
    """Give a scene that is not held out, mostly of figures, with more known ones and portraits than usual."""
    if rng.random() >= _FIGURES_SHARE:
        return random_scene(rng, rng.choice((1, 2)))
    return random_figure_scene(rng, goofs=0.2, bare=_BARE_SHARE, known=_KNOWN_SHARE, portraits=_PORTRAITS)


def sample_of(drawing: Drawing) -> Sample:
    """Say what the witness should say of a drawing. Of two figures the first that is known by name counts."""
    height, width, _ = drawing.pixels.shape
    masks = np.zeros((len(SEEN), height, width), np.bool_)
    for figure in drawing.figures:
        for part in figure.parts:
            if (kind := part.name.split()[-1]) in SEEN:
                masks[SEEN.index(kind)] |= part.mask
        if figure.figure.clothes == "bare":
            masks[SEEN.index("bare")] |= figure.mask
    halves = masks.reshape(len(SEEN), height // 2, 2, width // 2, 2).mean((2, 4))
    known = [who.character for who in drawing.scene.figures if who.character in KNOWN]
    return Sample(drawing.pixels, np.round(halves * 255).astype(np.uint8), NAMES.index((*known, NOBODY)[0]))


def train_witness(folder: Path, budget: Budget, device: str, batch: int = 16) -> Witness:
    """Cross-entropies of maps and names on worn drawings. The witness never meets what a checkpoint made."""
    witness = Witness().to(device)
    witness.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(
        [{"params": list(witness.parameters()), "peak": _PEAK}], weight_decay=0.01, fused=True
    )
    rng = Random(time.time_ns())
    kept: deque[Sample] = deque(maxlen=_KEPT)

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        while True:
            kept.extend(sample_of(draw(scene_to_tell(rng), rng.getrandbits(32))) for _ in range(_FRESH))
            if len(kept) >= batch:
                break
        samples = [rng.choice(kept) for _ in range(batch)]
        pictures = to_tensor(np.stack([wear(sample.pixels, rng) for sample in samples])).to(device)
        maps = torch.from_numpy(np.stack([sample.maps for sample in samples])).to(device).float() / 255
        names = torch.tensor([sample.name for sample in samples], device=device)
        said_maps, said_names = witness(pictures)
        map_loss = F.binary_cross_entropy_with_logits(said_maps, maps) * len(SEEN)
        name_loss = F.cross_entropy(said_names, names)
        right = (said_names.argmax(1) == names).float().mean()
        return map_loss + _NAMES_WEIGHT * name_loss, {
            "maps": map_loss.detach(),
            "names": name_loss.detach(),
            "right": right,
        }

    train({"witness": witness}, optimiser, step, budget, folder / "witness.pt")
    witness.eval()
    return witness


def main() -> None:
    """Train for the rest of the minutes, on from where an earlier run was stopped, and write the weights."""
    args = training_parser("pocket.witness.train", __doc__, minutes=12, weights=WITNESS).parse_args()
    begin_training()
    save_witness(train_witness(args.out, Budget(args.minutes), args.device), args.weights)


if __name__ == "__main__":
    main()
