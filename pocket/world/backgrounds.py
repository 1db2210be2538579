"""The pocket world's places: each paints a whole picture, a little different every time."""

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
    size = draw.im.size[0]
    phase = rng.uniform(0, 2 * math.pi)
    line = [
        (x, size * (horizon + height * math.sin(phase + waves * 2 * math.pi * x / size)))
        for x in range(0, size + 1, max(1, size // 32))
    ]
    draw.polygon([*line, (size, size), (0, size)], fill=fill)


def _sea(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    size = draw.im.size[0]
    horizon = rng.uniform(0.26, 0.34)
    _gradient(draw, 0, size, (200, 228, 245), (225, 240, 248))
    draw.rectangle((0, size * horizon, size, size), fill=(20, 120, 165))
    for i in range(4):
        _hills(draw, rng, horizon + 0.12 + 0.16 * i, 0.012, 3, _blend((60, 165, 195), (15, 90, 140), i / 3))


def _meadow(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    size = draw.im.size[0]
    _gradient(draw, 0, round(size * 0.6), (150, 205, 250), (205, 232, 250))
    _hills(draw, rng, rng.uniform(0.34, 0.42), 0.03, 1, (140, 205, 95))
    _hills(draw, rng, rng.uniform(0.58, 0.66), 0.03, 1, (110, 185, 75))
    for _ in range(10):
        x, y = rng.uniform(0, size), rng.uniform(0.7, 0.98) * size
        r = size * 0.012
        draw.ellipse((x - r, y - r, x + r, y + r), fill=rng.choice([(255, 255, 255), (250, 230, 120)]))


def _desert(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    size = draw.im.size[0]
    _gradient(draw, 0, round(size * 0.6), (245, 225, 180), (250, 238, 210))
    for i in range(3):
        fill = _blend((232, 196, 130), (200, 150, 85), i / 2)
        _hills(draw, rng, 0.36 + 0.2 * i + rng.uniform(-0.03, 0.03), 0.05, 0.8, fill)


def _snow(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    size = draw.im.size[0]
    _gradient(draw, 0, round(size * 0.6), (165, 180, 200), (195, 207, 220))
    _hills(draw, rng, rng.uniform(0.42, 0.5), 0.04, 1, (222, 230, 240))
    _hills(draw, rng, rng.uniform(0.66, 0.74), 0.03, 1, (238, 243, 248))
    for _ in range(18):
        x, y = rng.uniform(0, size), rng.uniform(0, size)
        r = size * 0.014
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 255, 255))


def _night(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    size = draw.im.size[0]
    _gradient(draw, 0, size, (12, 14, 45), (38, 40, 90))
    for _ in range(22):
        x, y = rng.uniform(0, size), rng.uniform(0, size)
        r = size * rng.uniform(0.005, 0.011)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(235, 235, 215))
    x, y, r = (size * share for share in (rng.choice((0.12, 0.88)), 0.13, 0.075))
    draw.ellipse((x - r, y - r, x + r, y + r), fill=(245, 240, 205))


def _city(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    size = draw.im.size[0]
    _gradient(draw, 0, size, (178, 178, 186), (208, 205, 205))
    x = 0.0
    while x < size:
        width = size * rng.uniform(0.13, 0.2)
        top = size * rng.uniform(0.12, 0.5)
        grey = rng.randint(95, 130)
        draw.rectangle((x, top, x + width, size), fill=(grey, grey, grey + 8))
        step = size * 0.1
        for row in range(int((size * 0.88 - top) / step)):
            for column in (0.22, 0.62):
                left, upper = x + width * column, top + step * (row + 0.4)
                draw.rectangle((left, upper, left + width * 0.2, upper + step * 0.45), fill=(225, 215, 160))
        x += width
    draw.rectangle((0, size * 0.88, size, size), fill=(70, 70, 75))


def _forest(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    size = draw.im.size[0]
    _gradient(draw, 0, size, (38, 72, 48), (60, 95, 60))
    x = size * rng.uniform(-0.05, 0.05)
    while x < size:
        width = size * rng.uniform(0.05, 0.075)
        draw.rectangle((x, 0, x + width, size * 0.86), fill=(72, 56, 42))
        x += size * rng.uniform(0.15, 0.19)
    _hills(draw, rng, 0.82, 0.012, 2, (48, 66, 38))


def _sunset(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    size = draw.im.size[0]
    horizon = round(size * rng.uniform(0.7, 0.76))
    _gradient(draw, 0, horizon, (120, 70, 120), (255, 170, 110))
    x, r = size * rng.uniform(0.3, 0.7), size * 0.14
    draw.ellipse((x - r, horizon - r, x + r, horizon + r), fill=(255, 225, 150))
    draw.rectangle((0, horizon, size, size), fill=(88, 45, 75))
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


def paint_background(name: str, size: int, rng: Random) -> Image.Image:
    """An RGBX picture of `size` x `size` pixels, X all 255; equal names and random states give equal ones."""
    image = Image.new("RGBX", (size, size))
    _PAINTERS[name](ImageDraw.Draw(image), rng)
    return image
