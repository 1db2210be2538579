"""The pocket world's places: each paints a whole picture, a little different every time.

What lies at a certain height does so in pictures of every shape; what has a size goes by the shorter side.
"""

import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]


def _blend(a: Colour, b: Colour, share: float) -> Colour:
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def _gradient(draw: ImageDraw.ImageDraw, top: int, bottom: int, upper: Colour, lower: Colour) -> None:
    width = draw.im.size[0]
    bands = 24
    for i in range(bands):
        y0 = top + (bottom - top) * i // bands
        y1 = top + (bottom - top) * (i + 1) // bands
        draw.rectangle((0, y0, width, y1), fill=_blend(upper, lower, i / (bands - 1)))


def _hills(
    draw: ImageDraw.ImageDraw, rng: Random, horizon: float, height: float, waves: float, fill: Colour
) -> None:
    """Everything below a wavy line; `horizon` and `height` are shares of the picture."""
    across, down = draw.im.size
    side = min(across, down)
    phase = rng.uniform(0, 2 * math.pi)
    line = [
        (x, down * horizon + side * height * math.sin(phase + waves * 2 * math.pi * x / side))
        for x in (*range(0, across, max(1, side // 32)), across)
    ]
    draw.polygon([*line, (across, down), (0, down)], fill=fill)


def _many(draw: ImageDraw.ImageDraw, count: int) -> range:
    """As many as fill the picture just as densely as `count` do a square."""
    across, down = draw.im.size
    return range(round(count * max(across, down) / min(across, down)))


def _sea(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    across, down = draw.im.size
    horizon = rng.uniform(0.26, 0.34)
    _gradient(draw, 0, down, (200, 228, 245), (225, 240, 248))
    draw.rectangle((0, down * horizon, across, down), fill=(20, 120, 165))
    for i in range(4):
        _hills(draw, rng, horizon + 0.12 + 0.16 * i, 0.012, 3, _blend((60, 165, 195), (15, 90, 140), i / 3))


def _meadow(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    across, down = draw.im.size
    _gradient(draw, 0, round(down * 0.6), (150, 205, 250), (205, 232, 250))
    _hills(draw, rng, rng.uniform(0.34, 0.42), 0.03, 1, (140, 205, 95))
    _hills(draw, rng, rng.uniform(0.58, 0.66), 0.03, 1, (110, 185, 75))
    for _ in _many(draw, 10):
        x, y = rng.uniform(0, across), rng.uniform(0.7, 0.98) * down
        r = min(across, down) * 0.012
        draw.ellipse((x - r, y - r, x + r, y + r), fill=rng.choice([(255, 255, 255), (250, 230, 120)]))


def _desert(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    _gradient(draw, 0, round(draw.im.size[1] * 0.6), (245, 225, 180), (250, 238, 210))
    for i in range(3):
        fill = _blend((232, 196, 130), (200, 150, 85), i / 2)
        _hills(draw, rng, 0.36 + 0.2 * i + rng.uniform(-0.03, 0.03), 0.05, 0.8, fill)


def _snow(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    across, down = draw.im.size
    _gradient(draw, 0, round(down * 0.6), (165, 180, 200), (195, 207, 220))
    _hills(draw, rng, rng.uniform(0.42, 0.5), 0.04, 1, (222, 230, 240))
    _hills(draw, rng, rng.uniform(0.66, 0.74), 0.03, 1, (238, 243, 248))
    for _ in _many(draw, 18):
        x, y = rng.uniform(0, across), rng.uniform(0, down)
        r = min(across, down) * 0.014
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 255, 255))


def _night(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    across, down = draw.im.size
    side = min(across, down)
    _gradient(draw, 0, down, (12, 14, 45), (38, 40, 90))
    for _ in _many(draw, 22):
        x, y = rng.uniform(0, across), rng.uniform(0, down)
        r = side * rng.uniform(0.005, 0.011)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(235, 235, 215))
    x, y, r = across * rng.choice((0.12, 0.88)), down * 0.13, side * 0.075
    draw.ellipse((x - r, y - r, x + r, y + r), fill=(245, 240, 205))


def _city(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    across, down = draw.im.size
    side = min(across, down)
    _gradient(draw, 0, down, (178, 178, 186), (208, 205, 205))
    x = 0.0
    while x < across:
        width = side * rng.uniform(0.13, 0.2)
        top = down * rng.uniform(0.12, 0.5)
        grey = rng.randint(95, 130)
        draw.rectangle((x, top, x + width, down), fill=(grey, grey, grey + 8))
        step = side * 0.1
        for row in range(int((down * 0.88 - top) / step)):
            for column in (0.22, 0.62):
                left, upper = x + width * column, top + step * (row + 0.4)
                draw.rectangle((left, upper, left + width * 0.2, upper + step * 0.45), fill=(225, 215, 160))
        x += width
    draw.rectangle((0, down * 0.88, across, down), fill=(70, 70, 75))


def _forest(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    across, down = draw.im.size
    side = min(across, down)
    _gradient(draw, 0, down, (38, 72, 48), (60, 95, 60))
    x = side * rng.uniform(-0.05, 0.05)
    while x < across:
        width = side * rng.uniform(0.05, 0.075)
        draw.rectangle((x, 0, x + width, down * 0.86), fill=(72, 56, 42))
        x += side * rng.uniform(0.15, 0.19)
    _hills(draw, rng, 0.82, 0.012, 2, (48, 66, 38))


def _sunset(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    across, down = draw.im.size
    horizon = round(down * rng.uniform(0.7, 0.76))
    _gradient(draw, 0, horizon, (120, 70, 120), (255, 170, 110))
    x, r = across * rng.uniform(0.3, 0.7), min(across, down) * 0.14
    draw.ellipse((x - r, horizon - r, x + r, horizon + r), fill=(255, 225, 150))
    draw.rectangle((0, horizon, across, down), fill=(88, 45, 75))
    _hills(draw, rng, 0.86, 0.02, 1.5, (62, 32, 60))


_PAINTERS: dict[str, Callable[[ImageDraw.ImageDraw, Random], None]] = {
    "sea": _sea,
    "meadow": _meadow,
    "desert": _desert,
    "snow": _snow,
    "night": _night,
    "city": _city,
    "forest": _forest,
    "sunset": _sunset,
}


def paint_background(name: str, size: tuple[int, int], rng: Random) -> Image.Image:
    """Draw an RGBX picture, `size` pixels a side, X all 255; the same for equal names and random states."""
    image = Image.new("RGBX", size)
    _PAINTERS[name](ImageDraw.Draw(image), rng)
    return image
