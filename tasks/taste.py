"""What somebody likes, learned from what they chose among pictures.

A choice of one of several is explained by Luce's axiom (1959): its likelihood is the softmax of the pictures'
utilities, and these are the products of one vector of weights with CLIP's vectors of the pictures. Of these
weights the most likely ones are taken, under a Gaussian around those of a `prior`, be it nothing or what a
whole server likes: a Bayesian conditional logit. The utilities are logits, as are the agreements with words
by which pictures are ranked beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

FEWEST_CHOICES = 5
"""Choices from which on taste has a say."""
MOST_CHOICES = 200
"""Choices that are learned from, the last ones."""
_SPREAD = 2.0
"""Logits by which pictures of one choice differ before anything is known: the prior's standard deviation.

The agreements of a prompt's pictures with it differ by about as much.
"""
_ITERATIONS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Vectors (pictures, width) of pictures that stood together, and the index of the one that was chosen.

    Where it is not `liked`, it was thrown away, as the worst of them.
    """

    pictures: Vectors
    index: int
    liked: bool = True


def ranked(stars: Sequence[int], pictures: Vectors) -> list[Choice]:
    """Give what ratings say: that each of some pictures (n, width) was chosen over all with fewer stars.

    So a ranking is taken for choices among what is left (Plackett 1975, after Luce).
    """
    order = np.array(stars)
    rivals = [pictures[order < each] for each in stars]
    return [
        Choice(np.stack([picture, *those]), 0)
        for picture, those in zip(pictures, rivals, strict=True)
        if len(those)
    ]


def learned(choices: Sequence[Choice], prior: Vectors | None = None) -> Vectors:
    """Give the weights (width,) that explain choices best; all vectors have that width, and there is one."""
    signed = [_centred(each.pictures) * (1 if each.liked else -1) for each in choices]
    rows = np.concatenate(signed)
    start = np.zeros(rows.shape[1]) if prior is None else prior.astype(np.float64)
    scale = float(np.sqrt((rows**2).sum(1).mean()))
    if scale == 0:
        return start.astype(np.float32)
    # What no choice has anything to do with stays as it was: so the search is among their own directions.
    basis = np.linalg.qr(rows.T)[0]
    known = [(each @ basis, each @ start, choice.index) for each, choice in zip(signed, choices, strict=True)]
    precision = (scale / _SPREAD) ** 2
    found = np.zeros(basis.shape[1])
    for _ in range(_ITERATIONS):
        slope, curve = -precision * found, precision * np.eye(len(found))
        for pictures, before, index in known:
            share = _softmax(before + pictures @ found)
            mean = share @ pictures
            slope += pictures[index] - mean
            curve += (pictures.T * share) @ pictures - np.outer(mean, mean)
        found += np.linalg.solve(curve, slope)
    return (start + basis @ found).astype(np.float32)


def _centred(pictures: Vectors) -> NDArray[np.float64]:
    centred: NDArray[np.float64] = pictures.astype(np.float64) - pictures.mean(0)
    return centred


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.exp(logits - logits.max())
    shares /= shares.sum()
    return shares
