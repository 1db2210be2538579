"""Several pictures as one: the grid that a job's answer shows, as a file that Discord takes."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from storage.recipe import AnyRecipe, parameters_text
from storage.recipe_file import text_of

GAP = 4
"""Pixels between two pictures."""
_LEAST_SIDE = 256
"""Pixels: a smaller picture is not made, whatever the limit."""
BACKGROUND = (43, 45, 49)
"""Discord's dark theme, so that the gaps look like gaps."""


def compose(pictures: Sequence[Image.Image]) -> Image.Image:
    """Lay out 1 to 4 pictures of one size: alone, side by side, or two by two, in reading order."""
    width, height = pictures[0].size
    columns = min(len(pictures), 2)
    rows = -(-len(pictures) // 2)
    grid = Image.new("RGB", (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP), BACKGROUND)
    for index, picture in enumerate(pictures):
        grid.paste(picture, (index % 2 * (width + GAP), index // 2 * (height + GAP)))
    return grid


def fits_as_it_is(pictures: Sequence[bytes], limit: int) -> bool:
    """Say whether PNG files are one file of at most `limit` bytes already."""
    return len(pictures) == 1 and len(pictures[0]) <= limit


def as_file(pictures: Sequence[bytes], recipes: Sequence[AnyRecipe], limit: int) -> tuple[bytes, str]:
    """Join PNG files into one file of at most `limit` bytes; return it with its ending.

    A single file stays byte for byte what it was, recipe and all. A grid carries all `recipes`. What would be
    too large as PNG becomes a JPEG, smaller if it has to be, with the first recipe in A1111's form as its
    comment.
    """
    if fits_as_it_is(pictures, limit):
        return pictures[0], "png"
    grid = compose([Image.open(io.BytesIO(data)).convert("RGB") for data in pictures])
    png = io.BytesIO()
    grid.save(png, "PNG", pnginfo=text_of(recipes))
    if png.tell() <= limit:
        return png.getvalue(), "png"
    comment = parameters_text(recipes[0]).encode()
    while True:
        for quality in (95, 85, 70, 50):
            jpeg = io.BytesIO()
            grid.save(jpeg, "JPEG", quality=quality, comment=comment)
            if jpeg.tell() <= limit or max(grid.size) < _LEAST_SIDE:
                return jpeg.getvalue(), "jpg"
        grid = grid.resize((grid.width // 2, grid.height // 2), Image.Resampling.LANCZOS)
