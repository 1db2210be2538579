"""Animations: what is seen first."""

from __future__ import annotations

import numpy as np
from PIL import Image

from storage.intake.decoded import Decoded
from storage.intake.frames import CLEARED, LEFT, RESTORED, Frame, first_shown


def a_frame(colour: str, alpha: int, *, place: tuple[int, int] = (0, 0), dispose: int = LEFT) -> Frame:
    side = 8 - max(place)
    pixels = Decoded(Image.new("RGB", (side, side), colour), Image.new("L", (side, side), alpha))
    return Frame(pixels, place, dispose, over=True)


def shown(*frames: Frame) -> tuple[int, ...]:
    """The colour in the middle."""
    seen = first_shown((8, 8), frames)
    assert seen is not None
    return tuple(np.asarray(seen.colours)[4, 4].tolist())


def test_the_first_frame_that_shows_something_is_the_picture() -> None:
    assert shown(a_frame("red", 255), a_frame("blue", 255)) == (255, 0, 0)
    assert shown(a_frame("red", 0), a_frame("blue", 255)) == (0, 0, 255)


def test_faint_frames_add_up_unless_they_are_taken_away() -> None:
    faint = [a_frame("red", 100) for _ in range(3)]
    seen = first_shown((8, 8), faint)
    assert seen is not None
    assert seen.alpha is not None
    assert np.asarray(seen.alpha).min() > 128
    for dispose in (CLEARED, RESTORED):
        seen = first_shown((8, 8), [a_frame("red", 100, dispose=dispose), a_frame("blue", 255)])
        assert seen is not None
        assert np.asarray(seen.colours)[4, 4].tolist() == [0, 0, 255]


def test_a_frame_that_does_not_fill_the_canvas_leaves_a_hole() -> None:
    seen = first_shown((8, 8), [a_frame("red", 255, place=(4, 4))])
    assert seen is not None
    assert seen.alpha is not None
    assert np.asarray(seen.alpha)[[0, 7], [0, 7]].tolist() == [0, 255]


def test_without_frames_there_is_nothing() -> None:
    assert first_shown((8, 8), []) is None
