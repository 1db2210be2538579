"""What is blended, and what is not."""

from __future__ import annotations

import pytest

from storage.starts import Blend
from tasks.blend import NothingToBlend, blend_of, refuse_number

ONE, TWO, THREE = ("a" * 64, "b" * 64, "c" * 64)


def test_each_picture_counts_once_and_the_first_comes_first() -> None:
    assert blend_of([TWO, ONE, TWO, THREE]) == Blend(image=TWO, others=(ONE, THREE))
    assert blend_of([ONE, TWO], strength=0.5).strength == 0.5


def test_the_same_picture_over_and_over_is_no_blend() -> None:
    with pytest.raises(NothingToBlend, match="at least two that differ"):
        blend_of([ONE] * 5)


@pytest.mark.parametrize("count", [0, 1, 6])
def test_too_few_or_too_many_are_a_sentence_with_their_number(count: int) -> None:
    with pytest.raises(NothingToBlend, match=f"From 2 to 5 pictures are blended, and this is {count}."):
        refuse_number(count)
