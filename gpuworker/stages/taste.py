"""Taste: what CLIP sees in pictures that members choose among, and how much a member likes what it sees."""

from __future__ import annotations

import logging
from collections.abc import Sequence
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

log = logging.getLogger(__name__)


def with_looks(made: Sequence[Made], job: Job, bench: Bench) -> list[Made]:
    """Give pictures with what CLIP sees in each, where the job learns from it and there are several.

    Those that moderation keeps back are not looked at. Without a CLIP nothing is learned, and the
    log says why.
    """
    free = [each for each in made if not each.picture.verdict.blocked]
    if not job.learns or len(free) < 2:
        return list(made)
    try:
        vectors = iter(bench.words.clip.pictures([each.image for each in free]))
    except CheckpointError as error:
        log.error("nothing is learned of what members like: %s", error)
        return list(made)
    return [
        each
        if each.picture.verdict.blocked
        else replace(each, picture=each.picture.model_copy(update={"look": _look(bench, next(vectors))}))
        for each in made
    ]


def _look(bench: Bench, vector: Tensor) -> ClipVector:
    return ClipVector.of(bench.words.name, vector.numpy())


def taste_in(job: Job, clip: str, width: int) -> Tensor | None:
    """Give the weights (width,) of a job's taste; None if it has none for the CLIP of that name."""
    if job.taste is None or job.taste.clip != clip or len(weights := job.taste.vector) != width:
        return None
    return torch.from_numpy(weights)


def likings(vectors: Tensor, taste: Tensor) -> list[float]:
    """Give by how many logits each picture (N, width) is liked better than the mean of them all."""
    liked = vectors @ taste
    return [*(liked - liked.mean()).tolist()]
