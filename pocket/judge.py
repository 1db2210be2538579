"""A small network that says what a picture of the pocket world shows, trained on drawings alone."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from pocket import WEIGHTS
from pocket.corpus import Corpus
from pocket.loop import Budget, train
from pocket.tensors import to_tensor
from pocket.world.scene import BACKGROUNDS, COLOURS, KINDS, PLACES, Scene

JUDGE = WEIGHTS / "judge.safetensors"
"""The judge that ships with the package."""
_PLACES, _COLOURS = tuple(PLACES), tuple(COLOURS)
_NOTHING = 0


@dataclass(frozen=True)
class Sight:
    """What the judge sees: a background, and at each occupied place a kind and a colour."""

    background: str
    things: dict[str, tuple[str, str]]


class Judge(nn.Module):
    """Classifies the background, and the kind and colour (or nothing) at each of the five places."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 32, 64, 96, 96)
        layers: list[nn.Module] = []
        for inner, outer in pairwise(widths):
            layers += [nn.Conv2d(inner, outer, 3, stride=2, padding=1), nn.GroupNorm(8, outer), nn.SiLU()]
        self.features = nn.Sequential(*layers, nn.Conv2d(widths[-1], 40, 1), nn.SiLU(), nn.Flatten())
        self.background = nn.Linear(40 * 64, len(BACKGROUNDS))
        self.kind = nn.Linear(40 * 64, len(PLACES) * (1 + len(KINDS)))
        self.colour = nn.Linear(40 * 64, len(PLACES) * (1 + len(COLOURS)))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give the logits for pictures (N, 3, 128, 128) in [-1, 1].

        Returns backgrounds (N, 8), kinds (N, 9, 5) and colours (N, 9, 5), where class 0 is nothing.
        """
        features = self.features(pictures)
        kinds = self.kind(features).unflatten(1, (-1, len(PLACES)))
        return self.background(features), kinds, self.colour(features).unflatten(1, (-1, len(PLACES)))

    @torch.no_grad()
    def look(self, pixels: NDArray[np.uint8]) -> list[Sight]:
        """Say what each picture of (N, 128, 128, 3), uint8 RGB, shows."""
        sights = []
        for part in torch.split(to_tensor(pixels), 64):
            backgrounds, kinds, colours = self(part)
            # A place is occupied when a kind says so; the colour is then the likeliest one.
            rows = zip(backgrounds.argmax(1), kinds.argmax(1), colours[:, 1:].argmax(1), strict=True)
            for background, kind, colour in rows:
                things = {
                    place: (KINDS[int(kind[i]) - 1], _COLOURS[int(colour[i])])
                    for i, place in enumerate(_PLACES)
                    if kind[i] != _NOTHING
                }
                sights.append(Sight(BACKGROUNDS[int(background)], things))
        return sights


def _truth(scenes: list[Scene]) -> tuple[Tensor, Tensor, Tensor]:
    background = torch.tensor([BACKGROUNDS.index(scene.background) for scene in scenes])
    kinds = torch.full((len(scenes), len(PLACES)), _NOTHING)
    colours = kinds.clone()
    for row, scene in enumerate(scenes):
        for thing in scene.things:
            kinds[row, _PLACES.index(thing.place)] = 1 + KINDS.index(thing.kind)
            colours[row, _PLACES.index(thing.place)] = 1 + _COLOURS.index(thing.colour)
    return background, kinds, colours


def _worn(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """Shift, blur, tint and coarsen pictures a little: a checkpoint's drawings are not as clean."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    shifted = torch.roll(pictures, tuple(rng.integers(-2, 3, size=2).tolist()), dims=(2, 3))
    if rng.random() < 0.6:
        kernel = int(rng.choice((3, 5)))
        shifted = F.avg_pool2d(shifted, kernel, stride=1, padding=kernel // 2, count_include_pad=False)
    tint = torch.rand(len(pictures), 3, 1, 1, generator=generator) * 0.2 + 0.9
    noise = torch.randn(pictures.shape, generator=generator) * rng.uniform(0, 0.12)
    return (shifted * tint + noise).clamp(-1, 1)


def train_judge(corpus: Corpus, folder: Path, budget: Budget, device: str, batch: int = 32) -> Judge:
    """Train on scenes without figures. The judge never meets the checkpoint or its autoencoder."""
    judge = Judge().to(device)
    optimiser = torch.optim.AdamW([{"params": list(judge.parameters()), "peak": 2e-3}], weight_decay=0.01)
    of_things = np.array([i for i, scene in enumerate(corpus.scenes) if not scene.figures])

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        rng = np.random.default_rng((3, number))
        chosen = rng.choice(of_things, size=batch)
        pictures = _worn(to_tensor(corpus.pixels[chosen]), rng).to(device)
        truths = [truth.to(device) for truth in _truth([corpus.scenes[i] for i in chosen])]
        said = judge(pictures)
        losses = [F.cross_entropy(logits, truth) for logits, truth in zip(said, truths, strict=True)]
        loss = torch.stack(losses).sum()
        there = truths[1] != _NOTHING
        right = (said[1].argmax(1) == truths[1])[there].float().mean()
        return loss, {"loss": loss.detach(), "kind right": right}

    train({"judge": judge}, optimiser, step, budget, folder / "judge.pt")
    return judge.eval()


def save_judge(judge: Judge, path: Path = JUDGE) -> None:
    """Keep the weights in half precision."""
    save_file({name: weight.half().contiguous().cpu() for name, weight in judge.state_dict().items()}, path)


def load_judge(path: Path = JUDGE) -> Judge:
    """Give the judge of a file that `save_judge` wrote; raises FileNotFoundError if there is none."""
    judge = Judge()
    judge.load_state_dict({name: weight.float() for name, weight in load_file(path).items()})
    return judge.eval()
