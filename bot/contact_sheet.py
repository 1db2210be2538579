"""A contact sheet: small pictures in rows, numbered in reading order."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from bot.grid import BACKGROUND, GAP

CELL = 192
"""Pixels a side that each picture has for itself."""
COLUMNS = 4
_HERE = (88, 101, 242)
"""Discord's blue."""
_FRAME, _LETTERS = 4, 20


def contact_sheet(pictures: Sequence[bytes], here: int | None) -> bytes:
    """Give a PNG of PNG files, each with its number from 1, and a frame around that at index `here`."""
    rows = -(-len(pictures) // COLUMNS)
    columns = min(COLUMNS, len(pictures))
    whole = (columns * (CELL + GAP) - GAP, rows * (CELL + GAP) - GAP)
    sheet = Image.new("RGB", whole, BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    for place, png in enumerate(pictures):
        left, top = place % COLUMNS * (CELL + GAP), place // COLUMNS * (CELL + GAP)
        with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
            small = opened.convert("RGB")
        small.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
        sheet.paste(small, (left + (CELL - small.width) // 2, top + (CELL - small.height) // 2))
        if place == here:
            draw.rectangle((left, top, left + CELL - 1, top + CELL - 1), outline=_HERE, width=_FRAME)
        at = (left + 2 * _FRAME, top + 2 * _FRAME)
        draw.text(at, str(place + 1), "white", font_size=_LETTERS, stroke_width=2, stroke_fill="black")
    written = io.BytesIO()
    sheet.save(written, "PNG")
    return written.getvalue()
