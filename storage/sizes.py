"""How large pictures may be, and how they grow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from moderation.told import Told
from storage.values import Travelling

LEAST_SIDE, MOST_SIDE = 64, 2048
MOST_STRETCHED = 8
"""Longer side to shorter side, of all pictures: what is drawn can be sent again, and worked on."""
MOST_UPSCALED_SIDE = 4096
"""Pixels: such a picture has 17 megapixels, and takes about a quarter of a gigabyte while it is made."""

_STEP = 64
"""Pixels, of the sizes that are proposed."""

Margin = Annotated[int, Field(ge=0, le=MOST_SIDE)]
Side = Annotated[int, Field(ge=LEAST_SIDE, le=MOST_SIDE, multiple_of=8)]


class TooLarge(ValueError):
    """A picture cannot be made that large; the message is a sentence."""


class Margins(Travelling):
    """The pixels by which a picture grows on each side; at least one of them is above 0."""

    left: Margin = 0
    up: Margin = 0
    right: Margin = 0
    down: Margin = 0

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if not (self.left or self.up or self.right or self.down):
            raise ValueError("a picture must grow on one side at least")
        return self

    def around(self, size: tuple[int, int]) -> tuple[int, int]:
        """Give width and height of a picture of `size` with these margins added. Raises TooLarge."""
        width, height = size[0] + self.left + self.right, size[1] + self.up + self.down
        refuse_overgrown(width, height)
        return width, height


def smaller(size: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Yield widths and heights of smaller pictures of about that shape, the largest first."""
    longer = max(size)
    for most in range((longer - 1) // _STEP * _STEP, 0, -_STEP):
        across, down = (_STEP * max(1, round(side * most / longer / _STEP)) for side in size)
        yield across, down


def upscaled_size(size: tuple[int, int], factor: int) -> tuple[int, int]:
    """Give width and height of a picture that is made `factor` times as large. Raises TooLarge."""
    width, height = factor * size[0], factor * size[1]
    if max(width, height) > MOST_UPSCALED_SIDE:
        said = {"factor": factor, "width": width, "height": height, "most": MOST_UPSCALED_SIDE}
        if factor == 4 and 2 * max(size) <= MOST_UPSCALED_SIDE:
            raise TooLarge(
                Told(
                    "{factor}x would be {width} x {height} pixels, and the most that I make is {most} a "
                    "side. Try 2x.",
                    **said,
                )
            )
        raise TooLarge(
            Told(
                "{factor}x would be {width} x {height} pixels, and the most that I make is {most} a side.",
                **said,
            )
        )
    return width, height


def refuse_overgrown(width: int, height: int) -> None:
    """Raise TooLarge if a picture would grow beyond what can be painted."""
    if max(width, height) > MOST_SIDE:
        raise TooLarge(
            Told(
                "It would grow to {width} x {height} pixels, and the most that I paint is {most} a side.",
                width=width,
                height=height,
                most=MOST_SIDE,
            )
        )
    if is_too_thin(width, height):
        raise TooLarge(too_thin(f"{width}x{height}"))


def is_too_thin(across: float, down: float) -> bool:
    """Say whether one side is too many times the other, or one of them is nothing."""
    return not max(across, down) <= MOST_STRETCHED * min(across, down)


def too_thin(size: str) -> Told:
    """Say so of a size, as it was typed."""
    return Told(
        "{typed} is too long and thin: one side may be {most} times the other.",
        typed=size,
        most=MOST_STRETCHED,
    )
