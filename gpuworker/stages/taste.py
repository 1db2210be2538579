"""Taste: what CLIP sees in pictures that members choose among, and how much a member likes what it sees.

That is told in CLIP's own phrases: of each group, such as colours or places, the share that each phrase has
in a picture, a softmax of its agreements. What people like has words, mostly, and then few choices suffice to
learn which. Tried with forty simulated members and 800 drawings, from 20 choices the same of four was chosen
in 0.74 where members care about colours and scenery, and 0.59 where about everything; from CLIP's vectors
themselves in 0.64 and 0.54, whitened half way in 0.66 and 0.56. (docs/benchmarks.md has others.) For what no
phrase names the vector counts, too, but little.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.stages.bench import Bench
from gpuworker.stages.review import Made
from storage.clip_vector import ClipVector
from storage.jobs import Job

if TYPE_CHECKING:
    from torch import Tensor

    from gpuworker.models.words import Words

_UNNAMED = 0.3
"""What the vector itself counts, beside the shares of phrases."""

log = logging.getLogger(__name__)


def told(vectors: Tensor, words: Words) -> Tensor:
    """Give what CLIP sees in pictures, of their unit vectors (N, width): (N, phrases + width)."""
    scale = words.clip.scale
    shares = [torch.softmax(scale * vectors @ group.vectors.T, 1) for group in words.groups]
    return torch.cat([*shares, _UNNAMED * vectors], 1)


def seer(words: Words) -> str:
    """Name the CLIP and its phrases: what others tell cannot be compared."""
    phrases = "\n".join(phrase for group in words.groups for phrase in group.phrases)
    return f"{words.name}:{hashlib.sha256(phrases.encode()).hexdigest()[:8]}"


def with_looks(made: Sequence[Made], job: Job, bench: Bench) -> list[Made]:
    """Give pictures with what CLIP sees in each, where the job learns from it and there are several.

    Those that moderation keeps back are not looked at. Without a CLIP nothing is learned, and the
    log says why.
    """
    free = [each for each in made if not each.picture.verdict.blocked]
    if not job.learns or len(free) < 2:
        return list(made)
    try:
        name = seer(bench.words)
        seen = iter(told(bench.words.clip.pictures([each.image for each in free]), bench.words))
    except CheckpointError as error:
        log.error("nothing is learned of what members like: %s", error)
        return list(made)
    return [
        each
        if each.picture.verdict.blocked
        else replace(
            each, picture=each.picture.model_copy(update={"look": ClipVector.of(name, next(seen).numpy())})
        )
        for each in made
    ]


def taste_in(job: Job, words: Words) -> Callable[[Tensor], list[float]] | None:
    """Give what tells from CLIP's vectors (N, width) how much a job's member likes each picture.

    None if it has no taste, or one for what another CLIP tells. Raises CheckpointError.
    """
    if job.taste is None or job.taste.clip != seer(words):
        return None
    weights = torch.from_numpy(job.taste.vector)
    return lambda vectors: likings(told(vectors, words), weights)


def likings(seen: Tensor, taste: Tensor) -> list[float]:
    """Give by how many logits each picture, as it is told, is liked better than the mean of them all."""
    liked = seen @ taste
    return [*(liked - liked.mean()).tolist()]
