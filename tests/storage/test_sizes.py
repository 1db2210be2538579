from __future__ import annotations

import pytest
from pydantic import ValidationError

from storage.sizes import MOST_SIDE, MOST_UPSCALED_SIDE, Margins, TooLarge, smaller, upscaled_size


def test_margins_lie_around_a_picture() -> None:
    assert Margins(left=8, up=16, right=32, down=64).around((100, 200)) == (140, 280)
    assert Margins(right=MOST_SIDE - 256).around((256, 256)) == (MOST_SIDE, 256)


def test_a_picture_cannot_grow_beyond_what_is_painted() -> None:
    with pytest.raises(TooLarge, match=r"^It would grow to 2049 x 100 pixels, .* is 2048 a side\.$"):
        Margins(left=MOST_SIDE - 99).around((100, 100))


def test_a_picture_cannot_grow_so_thin_that_nothing_can_be_made_of_it() -> None:
    with pytest.raises(TooLarge, match=r"^2048x255 is too long and thin: one side may be 8 times"):
        Margins(right=MOST_SIDE - 255).around((255, 255))


def test_a_picture_grows_on_one_side_at_least() -> None:
    with pytest.raises(ValidationError, match="one side at least"):
        Margins()


def test_a_picture_is_made_larger_as_far_as_that_goes() -> None:
    assert upscaled_size((512, 768), 4) == (2048, 3072)
    assert upscaled_size((1024, 512), 4) == (MOST_UPSCALED_SIDE, 2048)
    with pytest.raises(TooLarge, match=r"4x would be 4800 x 800 pixels, .* 4096 a side\. Try 2x\.$"):
        upscaled_size((1200, 200), 4)
    for size, factor in (((2049, 10), 2), ((2049, 10), 4)):
        with pytest.raises(TooLarge, match=r"a side\.$"):
            upscaled_size(size, factor)


def test_smaller_sizes_keep_the_shape_from_the_largest_down() -> None:
    sizes = list(smaller((1024, 576)))
    assert sizes[0] == (960, 512)
    assert sizes[-1] == (64, 64)
    assert sizes == sorted(sizes, reverse=True)
    assert all(across % 64 == down % 64 == 0 for across, down in sizes)
