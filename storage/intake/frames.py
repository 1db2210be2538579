"""Animations: frames drawn over each other until there is something to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from storage.intake.decoded import SOLID, Decoded

_MOST_FRAMES = 500
MOST_LOOKED_AT = 100_000_000
"""Pixels, in all the frames or pages of one file."""
LEFT, CLEARED, RESTORED = 0, 1, 2
"""What becomes of a frame before the next one is drawn."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of an animation: its pixels, its place, and how it joins the canvas before and after."""

    pixels: Decoded
    place: tuple[int, int]
    dispose: int
    over: bool
    """Whether what is under it shows through; otherwise it replaces that."""


def first_shown(size: tuple[int, int], frames: Iterable[Frame]) -> Decoded | None:
    """Draw the frames on a transparent canvas, and give it once it shows something.

    If it never does, give it when no more frames are worth looking at; None without frames.
    """
    canvas, looked_at, drawn = Image.new("RGBA", size), 0, False
    for number, frame in enumerate(frames):
        pixels, whole = frame.pixels, frame.place == (0, 0) and frame.pixels.colours.size == size
        if number == 0 and whole and not pixels.shows_nothing:
            return pixels
        before = canvas.copy() if frame.dispose == RESTORED else None
        _draw(canvas, frame)
        drawn = True
        if (top := canvas.getchannel("A").getextrema()[1]) >= SOLID:  # type: ignore[operator]
            break
        looked_at += size[0] * size[1]
        if number + 1 >= _MOST_FRAMES or looked_at >= MOST_LOOKED_AT:
            break
        if before is not None:
            canvas = before
        elif frame.dispose == CLEARED and top:
            right, lower = (
                start + length for start, length in zip(frame.place, pixels.colours.size, strict=True)
            )
            canvas.paste((0, 0, 0, 0), (*frame.place, right, lower))
    return Decoded(canvas.convert("RGB"), canvas.getchannel("A")) if drawn else None


def _draw(canvas: Image.Image, frame: Frame) -> None:
    alpha = frame.pixels.alpha
    if frame.over and alpha is not None and alpha.getextrema() == (0, 0):
        return
    drawn = frame.pixels.colours.convert("RGB")
    drawn.putalpha(alpha or 255)
    if frame.over:
        canvas.alpha_composite(drawn, frame.place)
    else:
        canvas.paste(drawn, frame.place)
