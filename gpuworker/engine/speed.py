"""How fast the engine works, for those who tell a member how long to wait."""

from __future__ import annotations

import math

_MEMORY = 30.0
"""Busy seconds after which a measurement counts for 1/e."""


class Speed:
    """Picture-steps a second, averaged over the busy time with exponentially fading weight."""

    def __init__(self) -> None:
        self._steps = 0.0
        self._seconds = 0.0

    def worked(self, steps: int, seconds: float) -> None:
        """Count `steps` steps of pictures, made in `seconds`."""
        fading = math.exp(-seconds / _MEMORY)
        self._steps = self._steps * fading + steps
        self._seconds = self._seconds * fading + seconds

    @property
    def steps_per_second(self) -> float:
        """Give the steps a second; 0 before the first one."""
        return self._steps / self._seconds if self._seconds else 0.0
