"""Reroll: the same words and settings from fresh noise."""

from __future__ import annotations

from storage.jobs import Imagine
from storage.noise import Noise, new_seed


def rerolled(task: Imagine, *, one: bool) -> Imagine:
    """Build the task of making as many pictures as before, or `one` in place of one."""
    count, best = (1, None) if one else (len(task.noises), task.best)
    noises = tuple(Noise(seed=new_seed()) for _ in range(count))
    return task.model_copy(update={"noises": noises, "best": best})
