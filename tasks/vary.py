"""Vary: pictures near a chosen one, subtly or strongly different."""

from __future__ import annotations

from storage.jobs import Imagine
from storage.noise import Noise, Variation, new_seed
from storage.plain_task import MAX_PICTURES
from tasks.presets import Distance


def varied(task: Imagine, parent: Noise, distance: Distance) -> Imagine:
    """Build the task of making four pictures whose noise is turned by `distance` from that of the parent."""
    noises = tuple(
        Noise(
            seed=parent.seed,
            variations=(*parent.variations, Variation(seed=new_seed(), strength=distance.strength)),
        )
        for _ in range(MAX_PICTURES)
    )
    return task.model_copy(update={"noises": noises, "best": None})
