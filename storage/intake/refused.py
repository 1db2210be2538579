"""Why a member's file is refused, and what can be checked before anything is decoded."""

from __future__ import annotations

from moderation.told import Told
from storage.sizes import MOST_STRETCHED, is_too_thin

LARGEST_FILE = 12_000_000
"""Bytes of what a member sends."""
LARGEST_OF_OURS = 64_000_000
"""Bytes of what Darkroom wrote itself: an enlarged picture of the largest size has up to 50 million."""
LARGEST_PICTURE = 20_000_000
"""Pixels, before anything is decoded."""
LARGEST_JPEG = 100_000_000
"""Pixels of a JPEG, as phones take them: it is decoded at half of its size or less (see `jpeg.py`)."""
SHORTEST_SIDE = 8


class IntakeError(ValueError):
    """The file is refused; the message is one sentence that says what to do."""


class Damaged(Exception):
    """Too much of the picture is missing, or what is there makes no sense."""


class Unusual(Exception):
    """A way of storing colours that is not read here; the message is its name."""


def no_picture(what: str) -> IntakeError:
    """Say that a file has none of the formats that are read; `what` it was meant to be: picture or mask."""
    return IntakeError(
        Told(
            "The {what} is no picture that can be read here: send a PNG, JPEG, WebP, GIF, BMP or TIFF.",
            what=what,
        )
    )


def unread(what: str, kind: str) -> IntakeError:
    """Say that a file is a picture of a format that is not read."""
    return IntakeError(
        Told(
            "The {what} is in {format}, which cannot be read here: save or share it as a JPEG and send that.",
            what=what,
            format=kind,
        )
    )


def damaged(what: str) -> IntakeError:
    """Say that too much of a file is missing."""
    return IntakeError(
        Told("The {what} is cut off or damaged: save it again, or send another one.", what=what)
    )


def unusual(what: str, storing: object) -> IntakeError:
    """Say that a file stores its colours in a way that is not read."""
    return IntakeError(
        Told(
            "The {what} keeps its colours in an unusual way ({way}): save it as a common PNG or JPEG.",
            what=what,
            way=str(storing),
        )
    )


def transparent(what: str) -> IntakeError:
    """Say that there is nothing to see."""
    return IntakeError(Told("The {what} is transparent all over: send one that shows something.", what=what))


def check_weight(data: bytes, what: str, heaviest: int = LARGEST_FILE) -> None:
    """Raise IntakeError for a file of more than `heaviest` bytes."""
    if len(data) > heaviest:
        raise IntakeError(
            Told(
                "The {what} has {size:.0f} MB: send one of at most {most} MB.",
                what=what,
                size=len(data) / 1e6,
                most=heaviest // 10**6,
            )
        )


def check_size(size: tuple[int, int], most: int = LARGEST_PICTURE, *, what: str) -> None:
    """Raise IntakeError for a width and height, as the file claims them, that cannot be used.

    `most` are the pixels that can be decoded.
    """
    across, down = size
    if min(across, down) < SHORTEST_SIDE:
        raise IntakeError(
            Told(
                "The {what} has only {across} x {down} pixels: send one with at least {least} a side.",
                what=what,
                across=across,
                down=down,
                least=SHORTEST_SIDE,
            )
        )
    if is_too_thin(across, down):
        raise IntakeError(
            Told(
                "The {what} is {across} x {down} pixels, which is too long and thin: cut it until one side "
                "is at most {most} times the other.",
                what=what,
                across=across,
                down=down,
                most=MOST_STRETCHED,
            )
        )
    if across * down > most:
        raise IntakeError(
            Told(
                "The {what} has too many pixels: make it smaller, {most} megapixels at most.",
                what=what,
                most=most // 10**6,
            )
        )
