"""How pictures grow, in the words that members choose from, and the jobs behind those words."""

from __future__ import annotations

import math
from enum import StrEnum

from moderation.told import Told
from storage.jobs import Imagine, Sampling
from storage.noise import Noise
from storage.sizes import LEAST_SIDE, MOST_SIDE, Margins, TooLarge, refuse_overgrown
from storage.starts import AnyStart, HeadRoom, Outpaint
from tasks.presets import Imagination, guidance_chosen
from tasks.size import SIDE_STEP

_PIECE = 1.5
"""The longest side that is rendered at once, as a multiple of the side that a checkpoint was trained on."""


class NothingToPaint(ValueError):
    """A picture already is as it should become; the message is a sentence."""


class Growth(StrEnum):
    """The direction in which a picture grows, or what it grows to."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    ZOOM_A_LITTLE = "zoom-1.5"
    ZOOM_A_LOT = "zoom-2"
    SQUARE = "square"
    HEAD_ROOM = "head-room"

    @property
    def label(self) -> Told:
        """Give what the menu says."""
        return _LABELS[self]

    def margins(self, size: tuple[int, int]) -> Margins | None:
        """Give the pixels by which a picture of that width and height grows; None if the heads in it decide.

        To one side it grows by half its own width or height. Raises NothingToPaint.
        """
        across, down = size[0] // 2, size[1] // 2
        match self:
            case Growth.LEFT:
                return Margins(left=across)
            case Growth.RIGHT:
                return Margins(right=across)
            case Growth.UP:
                return Margins(up=down)
            case Growth.DOWN:
                return Margins(down=down)
            case Growth.ZOOM_A_LITTLE:
                return zoomed_out(size, 1.5)
            case Growth.ZOOM_A_LOT:
                return zoomed_out(size, 2)
            case Growth.SQUARE:
                return squared_up(size)
            case Growth.HEAD_ROOM:
                return None


_LABELS = {
    Growth.LEFT: Told("to the left"),
    Growth.RIGHT: Told("to the right"),
    Growth.UP: Told("upwards"),
    Growth.DOWN: Told("downwards"),
    Growth.ZOOM_A_LITTLE: Told("zoom out 1.5x"),
    Growth.ZOOM_A_LOT: Told("zoom out 2x"),
    Growth.SQUARE: Told("square up"),
    Growth.HEAD_ROOM: Told("head room"),
}


def widened(size: tuple[int, int], *, left: int = 0, up: int = 0, right: int = 0, down: int = 0) -> Margins:
    """Give the margins of so many pixels, one of which is not 0. Raises TooLarge."""
    width, height = size[0] + left + right, size[1] + up + down
    refuse_overgrown(width, height)
    return Margins(left=left, up=up, right=right, down=down)


def zoomed_out(size: tuple[int, int], factor: float) -> Margins:
    """Add on all sides what makes a picture `factor` times as large. Raises NothingToPaint, TooLarge."""
    if not factor > 1:
        raise NothingToPaint(
            Told("Zooming out {factor:g}x adds nothing: choose a factor above 1, such as 1.5.", factor=factor)
        )
    if factor * max(size) > MOST_SIDE:
        raise TooLarge(
            Told(
                "Zooming out {factor:g}x is too much: the most that I paint is {most} a side.",
                factor=factor,
                most=MOST_SIDE,
            )
        )
    across, down = (math.ceil(side * (factor - 1)) for side in size)
    return Margins(left=across // 2, up=down // 2, right=across - across // 2, down=down - down // 2)


def squared_up(size: tuple[int, int]) -> Margins:
    """Add what the shorter side lacks to be as long as the other one. Raises NothingToPaint."""
    longer = max(size)
    across, down = longer - size[0], longer - size[1]
    if not across and not down:
        raise NothingToPaint(Told("This picture is square already: there is nothing to add."))
    return Margins(left=across // 2, up=down // 2, right=across - across // 2, down=down - down // 2)


def outpainting(
    like: Sampling, image: str, size: tuple[int, int], margins: Margins | None, side: int, noise: Noise
) -> Imagine:
    """Build the task of growing a picture, a blob of that `size`, with the words and steps of `like`.

    Without margins it gets head room. `side` is what the checkpoint was trained on. Scenery follows from the
    picture more than from words, which tell of what is in the picture already; a head follows from words.
    Raises TooLarge.
    """
    if margins is None:
        width = height = side
        start: AnyStart = HeadRoom(image=image)
        guidance = guidance_chosen(like)
    else:
        width, height = (_piece(grown, side) for grown in margins.around(size))
        start = Outpaint(image=image, margins=margins)
        guidance = min(Imagination.WILD.guidance_scale, like.guidance_scale)
    return like.with_noises(noise, width=width, height=height, guidance_scale=guidance, start=start)


def _piece(grown: int, side: int) -> int:
    """Round pixels up; the surplus is painted too, and cut off."""
    most = round(_PIECE * side / SIDE_STEP) * SIDE_STEP
    return max(LEAST_SIDE, min(-(-grown // SIDE_STEP) * SIDE_STEP, most))
