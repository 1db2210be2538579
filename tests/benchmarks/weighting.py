"""How far weights move what a text encoder says: `python -m tests.benchmarks.weighting`.

The last line is one JSON object, for each pocket checkpoint and its first text tower:

- `darkroom` and `a1111`: how far `(words:1.5)` moves the states, in shares of their length, by each method;
- `times`: the one over the other;
- `cosine`: between the two moves.

All are means over three prompts.
"""

from __future__ import annotations

import json
from statistics import fmean

import torch
from torch import Tensor
from torch.nn import functional as F

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.embeddings import Vocabulary
from moderation.prompt_language.fragments import sections
from moderation.prompt_language.parse import parse
from pocket import WEIGHTS
from pocket.checkpoint.editions import EDITIONS
from storage.weighting import Weighting

WEIGHT = 1.5
PROMPTS = (
    ("a {} circle over the sea", "red"),
    ("{} in the snow", "a big blue star"),
    ("a house on the left and {} at night", "a yellow tree"),
)
"""Each with the words that are weighted."""


def states(checkpoint: Checkpoint, prompt: str, weighting: Weighting) -> Tensor:
    """Encode a prompt with the first text tower: (tokens, width)."""
    (branch,) = parse(prompt).branches
    text = Vocabulary(dict).weighted_text(sections(branch.parts), checkpoint, bare=False, carried={})
    return checkpoint.encode_prompt(text, weighting)[0][0, :, : checkpoint.model.text_widths[0]]


@torch.inference_mode()
def measured(checkpoint: Checkpoint) -> dict[str, float]:
    """Say how far the weight moves the states by each method, and whether in one direction."""
    shares: dict[Weighting, list[float]] = {method: [] for method in Weighting}
    cosines = []
    for prompt, words in PROMPTS:
        plain = states(checkpoint, prompt.format(words), Weighting.DARKROOM)
        moves = {
            method: states(checkpoint, prompt.format(f"({words}:{WEIGHT})"), method) - plain
            for method in Weighting
        }
        for method, move in moves.items():
            shares[method].append(float(move.norm() / plain.norm()))
        ours, others = (move.flatten() for move in moves.values())
        cosines.append(float(F.cosine_similarity(ours, others, dim=0)))
    found = {str(method): fmean(each) for method, each in shares.items()}
    times = found[Weighting.DARKROOM] / found[Weighting.A1111]
    return {
        key: round(value, 3) for key, value in (found | {"times": times, "cosine": fmean(cosines)}).items()
    }


def main() -> None:
    """Measure every pocket checkpoint."""
    store = CheckpointStore(WEIGHTS, "cpu")
    print(json.dumps({name: measured(store.get(name)) for name in EDITIONS}))


if __name__ == "__main__":
    main()
