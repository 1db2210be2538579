"""What became of a training as one picture: what it learned from, what it draws now, and its losses."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageOps

_CELL = 192
"""Pixels a side of the pictures that the word drew."""
_GAP = 8
_CURVE = 72
_PAPER, _LINE, _GRID = (250, 250, 248), (190, 60, 60), (205, 205, 205)


def training_sheet(
    examples: Sequence[Image.Image], drawn: Sequence[Image.Image], losses: Sequence[float]
) -> Image.Image:
    """Put what a word was trained from on the left, what it draws on the right, and the losses below.

    Pictures are cut square. Up to ten of the one and four of the other have room.
    """
    small = (2 * _CELL + _GAP - 4 * _GAP) // 5
    left = _tiled(examples, small, columns=2 if len(examples) <= 8 else 3)
    right = _tiled(drawn, _CELL, columns=2)
    width = left.width + right.width + 3 * _GAP
    height = max(left.height, right.height) + 3 * _GAP + _CURVE
    sheet = Image.new("RGB", (width, height), _PAPER)
    sheet.paste(left, (_GAP, _GAP))
    sheet.paste(right, (left.width + 2 * _GAP, _GAP))
    sheet.paste(loss_curve(losses, (width - 2 * _GAP, _CURVE)), (_GAP, height - _CURVE - _GAP))
    return sheet


def loss_curve(losses: Sequence[float], size: tuple[int, int]) -> Image.Image:
    """Draw losses as a line from left to right, the lowest at the bottom, in a picture of that size."""
    across, down = size
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    for share in (0.0, 0.5, 1.0):
        pen.line([(0, share * (down - 1)), (across, share * (down - 1))], fill=_GRID)
    if len(losses) < 2:
        return picture
    least, most = min(losses), max(losses)
    reach = (most - least) or 1.0
    points = [
        (place * (across - 1) / (len(losses) - 1), 3 + (down - 7) * (most - loss) / reach)
        for place, loss in enumerate(losses)
    ]
    pen.line(points, fill=_LINE, width=2, joint="curve")
    return picture


def _tiled(pictures: Sequence[Image.Image], side: int, columns: int) -> Image.Image:
    rows = -(-len(pictures) // columns)
    size = max(1, columns * (side + _GAP) - _GAP), max(1, rows * (side + _GAP) - _GAP)
    tiled = Image.new("RGB", size, _PAPER)
    for place, picture in enumerate(pictures):
        cell = ImageOps.fit(picture.convert("RGB"), (side, side), Image.Resampling.LANCZOS)
        tiled.paste(cell, (place % columns * (side + _GAP), place // columns * (side + _GAP)))
    return tiled
