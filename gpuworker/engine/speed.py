"""How fast the engine works, for those who tell a member how long to wait."""

from __future__ import annotations

import math

_MEMORY = 30.0
"""Busy seconds after which a measurement counts for 1/e."""


class Speed:
    """Picture-steps a second, averaged over the busy time with exponentially fading weight."""

    def __init__(self) -> None:
        self._steps = 0.0
        self._megapixel_steps = 0.0
        self._seconds = 0.0

    def worked(self, steps: int, pixels: int, seconds: float) -> None:
        """Count `steps` steps of pictures of so many pixels, made in `seconds`."""
        fading = math.exp(-seconds / _MEMORY)
        self._steps = self._steps * fading + steps
        self._megapixel_steps = self._megapixel_steps * fading + steps * pixels / 1e6
        self._seconds = self._seconds * fading + seconds

    @property
    def steps_per_second(self) -> float:
        """Give the steps a second; 0 before the first one."""
        return self._steps / self._seconds if self._seconds else 0.0

    @property
    def megapixel_steps_per_second(self) -> float:
        """Give the steps a second of a million pixels; 0 before the first one."""
        return self._megapixel_steps / self._seconds if self._seconds else 0.0
