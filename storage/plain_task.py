"""What is true of tasks that say nothing else."""

from __future__ import annotations

from storage.values import Travelling

MAX_PICTURES = 4
"""Pictures that a job hands over at most."""
USUAL_SIDE = 512
"""Pixels a side of a picture whose size is not known yet."""


class PlainTask(Travelling):
    """What is true of a task that says nothing else: one step of work, and no words but its prompts."""

    @property
    def beside(self) -> tuple[str, ...]:
        """Give what is said beside the prompts."""
        return ()

    @property
    def picture_steps(self) -> int:
        """Measure the work in denoising steps: one of anything takes about as long."""
        return 1

    @property
    def megapixel_steps(self) -> float:
        """Measure the work in denoising steps of a million pixels."""
        return self.picture_steps * USUAL_SIDE**2 / 1e6

    @property
    def passes(self) -> int:
        """Count the steps that are made one after the other."""
        return 1
