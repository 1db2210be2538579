"""A picture that is edited as a whole: rendered in a size that a model knows, and put back in its own."""

from __future__ import annotations

from PIL import Image, ImageChops

from gpuworker.engine.request import Start


class Edit:
    """All of a picture that `shows` something, rendered in `size`, width and height."""

    def __init__(self, shows: str, size: tuple[int, int]) -> None:
        self._shows, self._size = shows, size

    def start(self, picture: Image.Image, strength: float) -> Start:
        """What is rendered of an RGB picture."""
        return Start(self._scaled(picture), strength, shows=self._shows)

    def put_back(self, picture: Image.Image, rendered: Image.Image) -> Image.Image:
        """The picture with what has changed in `rendered`; all other pixels are what they were, bit for bit.

        The engine leaves alone what it does not change, so any other pixel has changed.
        """
        red, green, blue = ImageChops.difference(rendered, self._scaled(picture)).split()
        most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        changed = most.point(lambda value: 255 if value else 0)
        whole = rendered.resize(picture.size, Image.Resampling.LANCZOS)
        return Image.composite(whole, picture, changed.resize(picture.size, Image.Resampling.BILINEAR))

    def _scaled(self, picture: Image.Image) -> Image.Image:
        return picture.resize(self._size, Image.Resampling.LANCZOS)
