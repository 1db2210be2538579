"""Pictures on larger canvases: what is beyond their borders, painted piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.pieces import Source
from gpuworker.stages.region import FEATHER, Box, Region
from moderation.told import told_of
from storage.jobs import Imagine
from storage.sizes import Margins, TooLarge
from storage.starts import Outpaint

T = TypeVar("T", bound=np.generic)

_TINT = 48.0
"""Of 255: what differs by much more is no tint, but something else than the picture shows at the border."""
_TINT_FEATHER = 32
"""Pixels, as rendered, over which a tint fades: there is more room beyond a border than in a hole."""
_SMOOTHED = 9
"""Pixels, an odd number: tints are the means of so many at the border, lest there be streaks."""
_LINE_FEATHER = 4
"""Pixels, as rendered, over which fades what single pixels at the border have of their own."""


def source(picture: Image.Image, start: Outpaint, task: Imagine, bench: Bench) -> Source:
    """Lay an RGB picture on a larger canvas. Raises JobFailed if that would be too large."""
    return growing(picture, start.margins, start.strength, (task.width, task.height))


def growing(
    picture: Image.Image,
    margins: Margins,
    strength: float,
    size: tuple[int, int],
    first: Box | None = None,
) -> Source:
    """Plan how an RGB picture grows, as `outpaint` does. Raises JobFailed if it would be too large."""
    try:
        planned = outpaint(picture, margins, size, first)
    except TooLarge as error:
        raise JobFailed(told_of(error)) from error
    pieces = tuple((piece,) for piece in planned.pieces)
    return Source(planned.canvas, strength, pieces, planned.wanted)


@dataclass(frozen=True)
class Outpainting:
    """A canvas with a picture on it, the pieces to paint, one after the other, and what of it is wanted."""

    canvas: Image.Image
    pieces: tuple[Region, ...]
    wanted: Box


class Piece(Region):
    """A region beyond the border of a picture, begun with what is at the border, drawn out to its end.

    Noise over that leaves a model the lie of the land, such as the height of the horizon. `axis` is the one
    along which the picture grows: 0 for up and down, 1 for the sides.
    """

    def __init__(self, mask: Image.Image, size: tuple[int, int], box: Box, axis: int) -> None:
        super().__init__(mask, size, box)
        self._axis = axis

    def _begun(self, part: Image.Image) -> Image.Image:
        begun, _ = _drawn_out(np.asarray(part), np.asarray(self.mask) == 0, (self._axis, 1 - self._axis))
        return Image.fromarray(begun)

    def _off(self, differs: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
        known = np.asarray(self.mask) == 0
        weights = known[..., None].astype(np.float32)
        averaged = _averaged(differs * weights) / _averaged(weights).clip(1e-6)
        smooth, exact = np.split(_from_borders(np.dstack([averaged, differs]), known), 2, axis=2)
        tint = np.exp(-np.square(np.abs(smooth).max(2, keepdims=True) / _TINT))
        soon, late = self._fading(FEATHER * scale), self._fading(_TINT_FEATHER * scale)
        off: NDArray[np.float32] = smooth * (soon + (late - soon) * tint)
        return off + (exact - smooth) * self._fading(_LINE_FEATHER * scale)


def outpaint(
    picture: Image.Image, margins: Margins, size: tuple[int, int], first: Box | None = None
) -> Outpainting:
    """Plan how an RGB picture grows, in pieces that are rendered in `size`, width and height.

    A piece is as large on the canvas as it is rendered, smaller on a canvas that is smaller; about half of it
    is there before, so that it fits in. `first` is painted before all others, if given, in one piece: its
    coordinates are the grown picture's, and it may reach beyond. Raises TooLarge.
    """
    grown = margins.around(picture.size)
    zoom = min(1.0, max(grown[0] / size[0], grown[1] / size[1]))
    across, down = (round(zoom * side) for side in size)
    left, top, right, bottom = first or (0, 0, 0, 0)
    # Where a piece reaches beyond the grown picture, the canvas does so too.
    x, y = max(0, -left), max(0, -top)
    width = x + max(grown[0], right, across)
    height = y + max(grown[1], bottom, down)
    canvas = Image.new("RGB", (width, height))
    known = (
        x + margins.left,
        y + margins.up,
        x + margins.left + picture.width,
        y + margins.up + picture.height,
    )
    canvas.paste(picture, known[:2])
    boxes = list(_around(known, (x, y, x + grown[0], y + grown[1]), (across, down), canvas.size))
    if first is not None:
        boxes.insert(0, ((x + left, y + top, x + right, y + bottom), 0))
    wanted = (x, y, x + grown[0], y + grown[1])
    return Outpainting(canvas, tuple(_pieces(boxes, known, wanted, canvas.size, size)), wanted)


def _pieces(
    boxes: list[tuple[Box, int]], known: Box, wanted: Box, canvas: tuple[int, int], size: tuple[int, int]
) -> Iterator[Piece]:
    """Give a piece for each box in which something that is wanted is not yet painted by those before."""
    missing = Image.new("L", canvas, 255)
    missing.paste(0, known)
    for box, axis in boxes:
        if missing.crop(_overlap(box, wanted)).getbbox() is None:
            continue
        mask = Image.new("L", canvas)
        mask.paste(missing.crop(box), box[:2])
        yield Piece(mask, size, box, axis)
        missing.paste(0, box)


def _around(
    known: Box, wanted: Box, piece: tuple[int, int], canvas: tuple[int, int]
) -> Iterator[tuple[Box, int]]:
    """List boxes of a piece's size, half a piece further out at a time: to the sides, then up and down."""
    (left, top, right, bottom), (across, down) = known, piece

    def box(x: int, y: int) -> Box:
        x, y = min(max(x, 0), canvas[0] - across), min(max(y, 0), canvas[1] - down)
        return x, y, x + across, y + down

    while left > wanted[0] or right < wanted[2]:
        if right < wanted[2]:
            right = min(right + across // 2, wanted[2])
            yield from ((box(right - across, y), 1) for y in _spread(top, bottom, down))
        if left > wanted[0]:
            left = max(left - across // 2, wanted[0])
            yield from ((box(left, y), 1) for y in _spread(top, bottom, down))
    while top > wanted[1] or bottom < wanted[3]:
        if top > wanted[1]:
            top = max(top - down // 2, wanted[1])
            yield from ((box(x, top), 0) for x in _spread(left, right, across))
        if bottom < wanted[3]:
            bottom = min(bottom + down // 2, wanted[3])
            yield from ((box(x, bottom - down), 0) for x in _spread(left, right, across))


def _spread(start: int, stop: int, length: int) -> list[int]:
    """Say where to begin so that lengths overlap by half or more, from the middle outwards."""
    room = stop - start - length
    if room <= 0:
        return [start + room // 2]
    gaps = -(-2 * room // length)
    places = [start + round(room * place / gaps) for place in range(gaps + 1)]
    return sorted(places, key=lambda place: abs(place - start - room / 2))


def _overlap(a: Box, b: Box) -> Box:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _averaged(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the means of squares around each place of (height, width, channels)."""
    for axis in (0, 1):
        padded = np.pad(values, [(_SMOOTHED // 2 * (axis == each),) * 2 for each in range(3)], mode="edge")
        values = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTHED, axis).mean(-1)
    return values


def _from_borders(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Give what is at the borders around the unknown; the nearer one counts the more."""
    down, far_down = _drawn_out(values, known, (0, 1))
    across, far_across = _drawn_out(values, known, (1, 0))
    closeness = 1 / np.square(1 + np.stack([far_down, far_across]))
    share = (closeness[0] / closeness.sum(0))[..., None].astype(np.float32)
    drawn: NDArray[np.float32] = across + (down - across) * share
    return drawn


def _drawn_out(
    values: NDArray[T], known: NDArray[np.bool_], axes: tuple[int, int]
) -> tuple[NDArray[T], NDArray[np.float64]]:
    """Give the unknown the nearest known value along one axis, and what is left then along the other.

    `values` are (height, width, channels), `known` is (height, width), and so is the second of what is
    returned: how many pixels the values were drawn.
    """
    nowhere = sum(known.shape)
    far = np.where(known, 0.0, nowhere)
    for axis in axes:
        length = far.shape[axis]
        here = np.expand_dims(np.arange(length), 1 - axis)
        found = far < nowhere
        before = np.maximum.accumulate(np.where(found, here, -length), axis)
        after = np.flip(np.minimum.accumulate(np.flip(np.where(found, here, 2 * length), axis), axis), axis)
        nearest = np.where(here - before <= after - here, before, after).clip(0, length - 1)
        values = np.take_along_axis(values, nearest[..., None], axis)
        far = np.take_along_axis(far, nearest, axis) + np.abs(here - nearest)
    return values, far
