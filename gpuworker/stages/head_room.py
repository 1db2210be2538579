"""How far a picture must grow upwards for the heads that its upper border cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from gpuworker.models.yolo import Found, Yolo
from gpuworker.stages.bench import Bench, JobFailed, figures_of
from gpuworker.stages.outpaint import growing
from gpuworker.stages.pieces import Source
from gpuworker.stages.region import Box
from moderation.told import Told
from storage import starts
from storage.jobs import Imagine
from storage.sizes import Margins

_SURE_FROM = 0.4
"""Confidence from which a figure or a head counts."""
_HEADS = ("head", "face")
_FIGURES = ("figure", "person")
_AT_BORDER = 0.02
"""Of the picture's height."""
_HEAD_SHAPE = 1.1
"""Height of a head to its width, hair and hat included."""
_ABOVE = 0.35
"""Room above a head, in widths of it."""
_OF_FIGURE = 0.5
"""Room for a head that is missing altogether and what is above it, to the height of the rest."""
_STEP = 8
_MOST = 0.75
"""Of the picture's height."""
_WIDEST_VIEW = 1.5
"""Widths of what is rendered: of a wider view too little would be seen."""


def source(picture: Image.Image, start: starts.HeadRoom, task: Imagine, bench: Bench) -> Source:
    """Lay an RGB picture on a canvas with room for the heads that are cut off.

    Raises JobFailed if there are none, if it would grow too large, or if this worker finds no heads.
    """
    size = task.width, task.height
    room = head_room(picture, figures_of(bench, "Heads"))
    if room is None:
        raise JobFailed(
            Told(
                "I see no head cut off in this picture: nobody in it reaches the upper border. To give it "
                "more room all the same, extend it upwards."
            )
        )
    return growing(picture, Margins(up=room.up), start.strength, size, _view(room, picture.size, size))


def _view(room: HeadRoom, picture: tuple[int, int], size: tuple[int, int]) -> Box:
    """Say what is painted in one piece: the figures from head to foot, in the shape of what is rendered.

    A model knows how heads sit on bodies from pictures of both. If it fits in, all of the picture's width is
    painted at once, lest there be further heads beside.
    """
    left, _, right, bottom = room.figures
    wide = min(picture[0] / size[0], _WIDEST_VIEW)
    scale = max((right - left) / size[0], (bottom + room.up) / size[1], wide)
    across, down = round(scale * size[0]), round(scale * size[1])
    least, most = sorted((0, picture[0] - across))
    x = min(max((left + right - across) // 2, least), most)
    return x, 0, x + across, down


@dataclass(frozen=True)
class HeadRoom:
    """Pixels to grow by upwards, and the box of the figures, in the picture, who need it."""

    up: int
    figures: Box


def head_room(picture: Image.Image, detector: Yolo) -> HeadRoom | None:
    """Measure the room that an RGB picture lacks above the figures in it; None if no head is cut off.

    The detector sees the picture in a grey frame. It has learnt from whole figures, and so finds those that
    are cut far more surely as figures that something grey lies across.
    """
    width, height = picture.size
    beside, above = width // 4, height // 2
    framed = Image.new("RGB", (width + 2 * beside, height + above), "grey")
    framed.paste(picture, (beside, above))
    (found,) = detector.find([framed], _SURE_FROM)
    return room_above([_within_frame(each, beside, above, picture.size) for each in found], picture.size)


def _within_frame(found: Found, beside: int, above: int, size: tuple[int, int]) -> Found:
    left, top, right, bottom = found.box
    across = [min(max(x - beside, 0), size[0]) for x in (left, right)]
    down = [min(max(y - above, 0), size[1]) for y in (top, bottom)]
    return replace(found, box=(across[0], down[0], across[1], down[1]))


def room_above(found: Sequence[Found], size: tuple[int, int]) -> HeadRoom | None:
    """Measure the room that what was found in a picture of `size` needs above; None if no head is cut off."""
    border = 1 + _AT_BORDER * size[1]
    cut_heads = [each for each in found if each.label in _HEADS and each.box[1] <= border]
    whole_heads = [each for each in found if each.label in _HEADS and each.box[1] > border]
    cut_figures = [
        each
        for each in found
        if each.label in _FIGURES
        and each.box[1] <= border
        and not any(_within(head, each) for head in whole_heads)
    ]
    headless = [each for each in cut_figures if not any(_within(head, each) for head in cut_heads)]
    needs = [_missing_of_head(head) for head in cut_heads]
    needs += [_OF_FIGURE * (each.box[3] - each.box[1]) for each in headless]
    if not needs:
        return None
    up = -(-min(max(needs), _MOST * size[1]) // _STEP) * _STEP
    boxes = [each.box for each in (*cut_heads, *cut_figures)]
    left, top = (min(box[edge] for box in boxes) for edge in (0, 1))
    right, bottom = (max(box[edge] for box in boxes) for edge in (2, 3))
    return HeadRoom(int(up), (int(left), int(top), round(right), round(bottom)))


def _missing_of_head(head: Found) -> float:
    left, top, right, bottom = head.box
    width = right - left
    return max(_HEAD_SHAPE * width - (bottom - top), 0) + _ABOVE * width


def _within(head: Found, figure: Found) -> bool:
    """Tell whether the middle of a head lies in a figure's box."""
    x, y = (head.box[0] + head.box[2]) / 2, (head.box[1] + head.box[3]) / 2
    left, top, right, bottom = figure.box
    return left <= x <= right and top <= y <= bottom
