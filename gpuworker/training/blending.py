"""Vectors that a word begins with, between those of two phrases: for what no phrase alone is a name of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.training.lessons import first_vectors, text_of
from gpuworker.training.naming import best_texts
from gpuworker.training.restraint import Vectors, between

_MOST = 48
"""Words of other phrases that are tried, of those that are likeliest to say what pictures show."""
_ROUNDS = (8, 4, 2)
"""Blends, halfway to another word, that are left after each round of noises."""
_SHARES = (0.35, 0.5, 0.65)
"""Of the way to the words that are left, which are tried in the end."""
_LAST_ROUNDS = (4, 1)


def blended(
    checkpoint: Checkpoint,
    latents: Tensor,
    phrases: Sequence[str],
    count: int,
    seed: int,
    run: Callable[[Callable[[], None]], None],
) -> Vectors:
    """Give `count` vectors for each text tower: the first phrase's, one blended with another if that helps.

    What helps is told as in `best_phrases`, and if nothing does, they are those of the phrase alone. A few
    dozen steps of learning hardly change a colour, and what lies between two words for colours mostly is the
    one between them: pocket denoised a teal hexagon with an error of 0.230 as a green circle, and of 0.178
    halfway from there to a blue one, and drew it teal. A lime heart took 0.180 as a yellow one, and 0.133
    halfway to a green one. It is a search of one step among the words that a checkpoint has, where gradients
    would have to find the way from one.

    Only one vector is blended, with that in the same place of some other phrase. Between phrases that have
    none in common there may be nothing: halfway from a red tree to a blue boat pocket-2 drew one or the
    other, or shreds.

    `latents` are those of the pictures (n, channels, h, w). Each blend of a round is a slice of work, which
    `run` does. Raises what that raises.
    """

    def best(blends: Sequence[Vectors], rounds: Sequence[int]) -> list[int]:
        texts = [text_of(("a", ""), each) for each in blends]
        return best_texts(checkpoint, latents, texts, seed, run, rounds)

    first, *others = (first_vectors(checkpoint, phrase, count) for phrase in phrases)
    changed = _with_another_word(first, others)
    halfway = [first, *(between(first, other, 0.5) for other in changed)]
    near = [changed[place - 1] for place in best(halfway, _ROUNDS) if place]
    blends = [first, *(between(first, other, share) for other in near for share in _SHARES)]
    return blends[best(blends, _LAST_ROUNDS)[0]]


def _with_another_word(first: Vectors, others: Sequence[Vectors]) -> list[Vectors]:
    """Put each vector that others have in the place of the first's, one at a time."""
    changed: dict[tuple[int, tuple[float, ...]], Vectors] = {}
    for other in others:
        for place, (word, another) in enumerate(zip(first[0], other[0], strict=True)):
            if not torch.equal(word, another):
                changed.setdefault(
                    (place, tuple(another.tolist())),
                    tuple(
                        torch.cat((mine[:place], theirs[place : place + 1], mine[place + 1 :]))
                        for mine, theirs in zip(first, other, strict=True)
                    ),
                )
    return list(changed.values())[:_MOST]
