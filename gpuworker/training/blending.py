"""Vectors that a word begins with, between those of two phrases: for what no phrase alone is a name of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.training.lessons import first_vectors, text_of
from gpuworker.training.naming import best_texts
from gpuworker.training.restraint import Vectors, between

_ROUNDS = (8, 4, 2)
"""Blends, halfway to another phrase, that are left after each round of noises."""
_SHARES = (0.35, 0.5, 0.65)
"""Of the way to the phrases that are left, which are tried in the end."""
_LAST_ROUNDS = (4, 1)


def blended(
    checkpoint: Checkpoint,
    latents: Tensor,
    phrases: Sequence[str],
    count: int,
    seed: int,
    run: Callable[[Callable[[], None]], None],
) -> Vectors:
    """Give `count` vectors for each text tower: the first phrase's, blended with the one that helps most.

    What helps is told as in `best_phrases`, and if nothing does, they are those of the phrase alone. A few
    dozen steps of learning hardly change a colour, and what lies between two words for colours mostly is the
    one between them: pocket denoised a teal hexagon with an error of 0.230 as a green circle, and of 0.178
    halfway from there to a blue one, and drew it teal. A lime heart took 0.180 as a yellow one, and 0.133
    halfway to a green one. It is a search of one step among the words that a checkpoint has, where gradients
    would have to find the way from one.

    Only phrases that have a vector in common with the first, at the same place, are tried. Between others
    there may be nothing: halfway from a red tree to a blue boat pocket-2 drew one or the other, or shreds.

    `latents` are those of the pictures (n, channels, h, w). Each blend of a round is a slice of work, which
    `run` does. Raises what that raises.
    """

    def best(blends: Sequence[Vectors], rounds: Sequence[int]) -> list[int]:
        texts = [text_of(("a", ""), each) for each in blends]
        return best_texts(checkpoint, latents, texts, seed, run, rounds)

    first, *rest = (first_vectors(checkpoint, phrase, count) for phrase in phrases)
    others = [other for other in rest if _differ_in_part(first, other)]
    halfway = [first, *(between(first, other, 0.5) for other in others)]
    near = [others[place - 1] for place in best(halfway, _ROUNDS) if place]
    blends = [first, *(between(first, other, share) for other in near for share in _SHARES)]
    return blends[best(blends, _LAST_ROUNDS)[0]]


def _differ_in_part(one: Vectors, other: Vectors) -> bool:
    same = (one[0] == other[0]).all(1)
    return bool(same.any()) and not bool(same.all())
