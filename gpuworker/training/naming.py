"""What a checkpoint itself would call what pictures show: it tells by how well it draws them by phrases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.families.model import WeightedText
from gpuworker.training.noising import Noised, mistakes, moments, noised
from moderation.prompt_language.fragments import Fragment

_ROUNDS = (24, 8, 8, 8)
"""Phrases that are left after each round of noises: most are far off, and the best need a closer look."""
_FROM = 0.5
"""The share of the schedule, from its least noise, from which it is decided what a picture shows."""
_FEWEST = 4
_GLANCES = 4
"""Noises by which each picture is told from others, all pictures with as much of it."""


def best_phrases(
    checkpoint: Checkpoint,
    latents: Tensor,
    phrases: Sequence[str],
    seed: int,
    run: Callable[[Callable[[], None]], None],
) -> list[str]:
    """Order the best few of some phrases by how well the checkpoint denoises pictures that it is told of so.

    That makes a classifier of it (Li et al., arXiv 2303.16203) that knows exactly what it can draw. On pocket
    it put "a purple star" first for a magenta star and "a purple boat" for a purple boat, where CLIP had "a
    purple square" and "a purple tree".

    `latents` are those of the pictures (n, channels, h, w). Each phrase of a round is a slice of work, which
    `run` does. Raises what that raises.
    """
    texts: list[WeightedText] = [((Fragment(phrase),),) for phrase in phrases]
    return [phrases[place] for place in best_texts(checkpoint, latents, texts, seed, run, _ROUNDS)]


def best_texts(
    checkpoint: Checkpoint,
    latents: Tensor,
    texts: Sequence[WeightedText],
    seed: int,
    run: Callable[[Callable[[], None]], None],
    rounds: Sequence[int],
) -> list[int]:
    """Do the same with texts that may hold vectors, and give the places of the best.

    `rounds` says how many are left after each round of noises.
    """
    losses, left = [0.0] * len(texts), list(range(len(texts)))
    clean = latents.repeat(-(-_FEWEST // len(latents)), 1, 1, 1)
    for number, kept in enumerate(rounds):
        lots = torch.Generator().manual_seed(seed * 1_000_003 + number)
        # All texts with the same noises: they differ by less than noises do.
        given = noised(checkpoint, clean, moments(checkpoint, len(clean), _FROM, lots), lots)

        def look(place: int, given: Noised = given) -> None:
            losses[place] += float(_told(checkpoint, texts[place], given).mean())

        for place in left:
            run(partial(look, place))
        left = sorted(left, key=losses.__getitem__)[:kept]
    return left


def times_named(
    checkpoint: Checkpoint,
    latents: Tensor,
    phrases: Sequence[str],
    seed: int,
    run: Callable[[Callable[[], None]], None],
) -> int:
    """Count the pictures, latents (n, channels, h, w), that the checkpoint calls by the first of the phrases.

    Each round of each phrase is a slice of work, which `run` does. Raises what that raises.
    """
    wrong = torch.zeros(len(phrases), len(latents))
    for number in range(_GLANCES):
        lots = torch.Generator().manual_seed(seed * 1_000_003 + number)
        moment = moments(checkpoint, _GLANCES, _FROM, lots)[number]
        given = noised(checkpoint, latents, moment.expand(len(latents)), lots)

        def look(place: int, given: Noised = given) -> None:
            wrong[place] += _told(checkpoint, ((Fragment(phrases[place]),),), given).mean((1, 2, 3)).cpu()

        for place in range(len(phrases)):
            run(partial(look, place))
    return int((wrong.argmin(0) == 0).sum())


@torch.no_grad()
def _told(checkpoint: Checkpoint, text: WeightedText, given: Noised) -> Tensor:
    checkpoint.wear_nothing()
    wrong = mistakes(checkpoint, checkpoint.encode(text), given)
    checkpoint.send_away()
    return wrong
