"""Animations: frames drawn over each other until there is something to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from storage.intake.decoded import Decoded

_MOST_FRAMES = 500
_MOST_PIXELS = 200_000_000
"""Looked at in all the frames of one file."""
KEPT, CLEARED, RESTORED = 0, 1, 2
"""What becomes of a frame before the next one is drawn."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of an animation: its pixels, its place, and how it joins the canvas before and after."""

    pixels: Decoded
    place: tuple[int, int]
    dispose: int
    over: bool
    """Whether what is under it shines through; else it replaces that."""


def first_shown(size: tuple[int, int], frames: Iterable[Frame]) -> Decoded | None:
    """Draw the frames on a transparent canvas and give it once it shows something.

    The first frame if none ever does, as far as it is worth looking; None without frames.
    """
    canvas, first, looked_at = Image.new("RGBA", size), None, 0
    for number, frame in enumerate(frames):
        pixels = frame.pixels
        if number == 0 and frame.place == (0, 0) and pixels.colours.size == size and not pixels.shows_nothing:
            return pixels
        before = canvas.copy() if frame.dispose == RESTORED else None
        drawn = _rgba(pixels)
        if frame.over:
            canvas.alpha_composite(drawn, frame.place)
        else:
            canvas.paste(drawn, frame.place)
        seen = Decoded(canvas.convert("RGB"), canvas.getchannel("A"))
        if not seen.shows_nothing:
            return seen
        first = first or seen
        looked_at += size[0] * size[1]
        if number + 1 >= _MOST_FRAMES or looked_at > _MOST_PIXELS:
            break
        if before is not None:
            canvas = before
        elif frame.dispose == CLEARED:
            canvas.paste(
                (0, 0, 0, 0), (*frame.place, frame.place[0] + drawn.width, frame.place[1] + drawn.height)
            )
    return first


def _rgba(pixels: Decoded) -> Image.Image:
    drawn = pixels.colours.convert("RGB")
    drawn.putalpha(pixels.alpha or 255)
    return drawn
