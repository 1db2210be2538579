"""What is refused by its size alone."""

from __future__ import annotations

import pytest

from storage.intake.refused import LARGEST_FILE, IntakeError, check_size, check_weight


@pytest.mark.parametrize("size", [(8, 8), (64, 8), (5000, 4000)])
def test_sizes_that_can_be_used(size: tuple[int, int]) -> None:
    check_size(size, what="picture")


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((7, 30), "The mask has only 7 x 30 pixels: send one with at least 8 a side."),
        ((65, 8), "The mask is 65 x 8 pixels, which is too long and thin"),
        ((5001, 4000), "The mask has too many pixels: make it smaller, 20 megapixels at most."),
    ],
)
def test_sizes_that_cannot(size: tuple[int, int], said: str) -> None:
    with pytest.raises(IntakeError) as refusal:
        check_size(size, what="mask")
    assert str(refusal.value).startswith(said)


def test_a_file_may_weigh_so_much_and_no_more() -> None:
    check_weight(bytes(LARGEST_FILE), "picture")
    with pytest.raises(IntakeError, match="The picture has 12 MB: send one of at most 12 MB"):
        check_weight(bytes(LARGEST_FILE + 1), "picture")
