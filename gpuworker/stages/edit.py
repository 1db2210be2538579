"""A picture that is edited as a whole: rendered in a size that a model knows, and put back in its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from gpuworker.engine.request import Start
from gpuworker.stages.bench import Bench
from gpuworker.stages.pieces import Source
from storage import starts
from storage.jobs import Imagine

_GONE = 32
"""Of 255: a pixel that has changed so much in any colour keeps nothing of what was finer in it."""


def source(picture: Image.Image, start: starts.Edit, task: Imagine, bench: Bench) -> Source:
    """Render all of an RGB picture, in the task's size."""
    return Source(picture, start.strength, ((Edit(start.shows, (task.width, task.height)),),))


class Edit:
    """All of a picture that `shows` something, rendered in `size`, width and height."""

    def __init__(self, shows: str, size: tuple[int, int]) -> None:
        self._shows, self._size = shows, size

    def start(self, picture: Image.Image, strength: float) -> Start:
        """Give what is rendered of an RGB picture."""
        return Start(self._scaled(picture), strength, shows=self._shows)

    def put_back(self, picture: Image.Image, rendered: Image.Image) -> Image.Image:
        """Give the picture as it was `rendered`; pixels that have not changed are as before, bit for bit.

        The engine leaves them alone. What else is finer than it was rendered stays, too, but fades the more a
        pixel has changed.
        """
        shown = self._scaled(picture)
        red, green, blue = ImageChops.difference(rendered, shown).split()
        most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        fading = most.point(lambda value: min(255, value * 255 // _GONE))
        old, new = (
            _values(each.resize(picture.size, Image.Resampling.LANCZOS)) for each in (shown, rendered)
        )
        share = _values(fading.resize(picture.size, Image.Resampling.BILINEAR))[..., None] / 255
        whole = new + (1 - share) * (_values(picture) - old)
        return Image.fromarray(whole.clip(0, 255).round().astype(np.uint8))

    def _scaled(self, picture: Image.Image) -> Image.Image:
        return picture.resize(self._size, Image.Resampling.LANCZOS)


def _values(picture: Image.Image) -> NDArray[np.float32]:
    return np.asarray(picture).astype(np.float32)
