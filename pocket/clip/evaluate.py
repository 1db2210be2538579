"""Measures how well the pocket CLIP finds pictures by captions, of scenes it was never trained on.

`python -m pocket.clip.evaluate` draws held-out scenes and looks each up by its caption.
"""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from PIL import Image
from rich.table import Table

from gpuworker.models.clip import Clip
from pocket.clip.network import CLIP
from pocket.commands import measuring_parser, show
from pocket.look_alikes import look_alike
from pocket.world.captions import caption
from pocket.world.drawing import draw
from pocket.world.scene import Scene, random_figure_scene, random_scene

CHOICES = 20
"""Pictures that a caption is tried on."""
_LOOK_ALIKES = 6


def fresh_scene(rng: Random) -> Scene:
    """Give a held-out scene: 35 % one thing, 25 % two things, 40 % figures, nobody drawn wrong."""
    lot = rng.random()
    if lot < 0.6:
        return random_scene(rng, 1 if lot < 0.35 else 2, held_out=True)
    return random_figure_scene(rng, held_out=True, bare=0.09)


def _family(rng: Random) -> list[Scene]:
    """Give a held-out scene, and others that differ from it in one trait."""
    first = fresh_scene(rng)
    family = {first: None}
    while len(family) < _LOOK_ALIKES:
        family[look_alike(first, rng)] = None
    return list(family)


def _find(clip: Clip, scenes: Sequence[Scene], seeds: Sequence[int], rng: Random) -> torch.Tensor:
    """Say for each scene whether its complete caption agrees best with its own picture."""
    pictures = [Image.fromarray(draw(scene, seed).pixels) for scene, seed in zip(scenes, seeds, strict=True)]
    agreement = (
        clip.texts([caption(scene, rng, complete=True) for scene in scenes]) @ clip.pictures(pictures).T
    )
    return agreement.argmax(1) == torch.arange(len(scenes))


def evaluate(clip: Clip, rounds: int = 10, seed: int = 1) -> dict[str, Any]:
    """Shares, 0 to 1, of captions that find their picture.

    `retrieval` is among 20 pictures of random scenes, 20 captions a round, also by what the scene shows;
    `look_alikes` is among 6 pictures that differ in one trait of one thing or figure, from one seed, for 20
    held-out captions a round. Chance is 5 % and 17 %.
    """
    rng = Random(seed)
    kinds: dict[str, list[bool]] = {"things": [], "figures": []}
    similar: list[bool] = []
    for _ in range(rounds):
        scenes = [fresh_scene(rng) for _ in range(CHOICES)]
        found = _find(clip, scenes, [rng.getrandbits(32) for _ in scenes], rng)
        for scene, right in zip(scenes, found.tolist(), strict=True):
            kinds["figures" if scene.figures else "things"].append(right)
        for _ in range(CHOICES):
            family = _family(rng)
            similar.append(bool(_find(clip, family, [rng.getrandbits(32)] * len(family), rng)[0]))
    everything = kinds["things"] + kinds["figures"]
    return {
        "retrieval": sum(everything) / len(everything),
        "retrieval_by_kind": {kind: sum(rights) / max(1, len(rights)) for kind, rights in kinds.items()},
        "look_alikes": sum(similar) / len(similar),
        "captions": len(everything),
    }


def _table(figures: dict[str, Any]) -> Table:
    table = Table(title=f"{figures['captions']} new captions that find their pictures")
    table.add_column("among")
    table.add_column("right", justify="right")
    table.add_row(f"{CHOICES} random scenes", f"{figures['retrieval']:.1%}")
    for kind, share in figures["retrieval_by_kind"].items():
        table.add_row(f"  those that ask for {kind}", f"{share:.1%}")
    table.add_row(f"{_LOOK_ALIKES} look-alikes", f"{figures['look_alikes']:.1%}")
    return table


def main() -> None:
    """Print a table, or one JSON object as the last line."""
    parser = measuring_parser("pocket.clip.evaluate", __doc__, "rounds", 10)
    parser.add_argument("--weights", type=Path, default=CLIP)
    args = parser.parse_args()
    figures = evaluate(Clip.load(args.weights), args.rounds, args.seed)
    show(figures, [_table(figures)], args.json)


if __name__ == "__main__":
    main()
