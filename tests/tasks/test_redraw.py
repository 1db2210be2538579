"""What a picture is redrawn from."""

from __future__ import annotations

from storage.starts import Mask, Whole, WordMask
from tasks.redraw import redrawn

IMAGE, MASK = "ab" * 32, "cd" * 32


def test_what_a_member_says_decides_what_may_change() -> None:
    assert redrawn(IMAGE, None, None, None) == Whole(image=IMAGE, strength=0.75)
    assert redrawn(IMAGE, MASK, None, None) == Mask(image=IMAGE, strength=1, mask=MASK)
    assert redrawn(IMAGE, None, "the sky", None) == WordMask(image=IMAGE, strength=1, mask_words="the sky")
    assert redrawn(IMAGE, None, "", 0.3) == Whole(image=IMAGE, strength=0.3)


def test_words_go_before_what_is_transparent() -> None:
    made = redrawn(IMAGE, MASK, "the sky", 0.5)
    assert made == WordMask(image=IMAGE, strength=0.5, mask_words="the sky")
