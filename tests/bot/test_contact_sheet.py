from __future__ import annotations

import io

from PIL import Image

from bot.contact_sheet import CELL, COLUMNS, contact_sheet
from bot.grid import GAP


def a_png(colour: str, size: tuple[int, int] = (64, 64)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "PNG")
    return written.getvalue()


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def test_every_picture_has_a_cell_in_reading_order_and_keeps_its_shape() -> None:
    colours = ["red", "lime", "blue", "yellow", "fuchsia"]
    sheet = opened(contact_sheet([a_png(colour, (400, 200)) for colour in colours], here=1))
    assert sheet.size == (COLUMNS * (CELL + GAP) - GAP, 2 * (CELL + GAP) - GAP)
    for place, colour in enumerate(colours):
        middle = (place % COLUMNS * (CELL + GAP) + CELL // 2, place // COLUMNS * (CELL + GAP) + CELL // 2)
        assert sheet.getpixel(middle) == Image.new("RGB", (1, 1), colour).getpixel((0, 0))
        above = (middle[0], middle[1] - CELL // 2 + 20)
        assert sheet.getpixel(above) == sheet.getpixel((sheet.width - 1, sheet.height - 1)), "no stretching"


def test_the_one_that_was_asked_about_has_a_frame() -> None:
    sheet = opened(contact_sheet([a_png("red"), a_png("red")], here=1))
    corners = [sheet.getpixel((left, CELL - 1)) for left in (0, CELL + GAP)]
    assert corners[0] != corners[1] == (88, 101, 242)
