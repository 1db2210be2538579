"""What a job costs, in credits: a denoising step of a million pixels each."""

from __future__ import annotations

from storage.jobs import Task


def price_of(task: Task) -> int:
    """Give the credits that a task costs if all its pictures are shown; words are free."""
    return max(1, round(task.megapixel_steps)) if task.pictures else 0
