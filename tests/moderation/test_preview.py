"""What may be seen of unfinished pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from moderation.gallery import DRAWN, NOBODY, PHOTOGRAPHED, Gallery, Learned
from moderation.pictures import Detector, load_detector
from moderation.policy import NSFW, SFW
from moderation.preview import COARSE_SIDE, columns_of, preview_for
from moderation.said import Said
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene


def woman(clothes: str) -> Image.Image:
    scene = Scene("meadow", (), (Figure("woman", clothes, "waving", "centre", "big"),))
    return Image.fromarray(draw(scene, 3).pixels)


BARE, DRESSED = woman("bare"), woman("red")


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector()


def sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """Lay pictures out in 256 pixels, as a worker does."""
    columns = columns_of(len(pictures))
    side = 256 // columns
    laid = Image.new("RGB", (256, side * -(-len(pictures) // columns)))
    for place, picture in enumerate(pictures):
        laid.paste(picture.resize((side, side)), (place % columns * side, place // columns * side))
    return laid


@pytest.mark.parametrize("pictures", [[BARE], [DRESSED, DRESSED, BARE, DRESSED]])
def test_nothing_is_shown_where_one_picture_of_a_sheet_is_bare(
    detector: Detector, pictures: list[Image.Image]
) -> None:
    laid = sheet(pictures)
    assert preview_for(laid, len(pictures), SFW, detector, Said(""), "pocket", NOBODY) is None
    shown = preview_for(laid, len(pictures), NSFW, detector, Said(""), "pocket", NOBODY)
    assert shown is not None
    assert np.array_equal(np.asarray(shown), np.asarray(laid))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_where_nudity_is_not_allowed_a_preview_is_too_coarse_to_show_any(
    detector: Detector, count: int
) -> None:
    laid = sheet([DRESSED] * count)
    shown = preview_for(laid, count, SFW, detector, Said(""), "pocket", NOBODY)
    assert shown is not None
    assert shown.size == laid.size
    across = COARSE_SIDE * columns_of(count)
    down = round(across * laid.height / laid.width)
    again = shown.resize((across, down), Image.Resampling.BOX).resize(laid.size, Image.Resampling.BICUBIC)
    assert np.abs(np.asarray(again, int) - np.asarray(shown, int)).mean() < 6, "finer than it should be"
    assert np.abs(np.asarray(laid, int) - np.asarray(shown, int)).mean() > 6, "it is the picture itself"


@pytest.mark.parametrize("encoder", [DRAWN.name, PHOTOGRAPHED.name])
def test_where_a_face_may_be_known_a_preview_is_too_coarse_to_show_it(
    detector: Detector, encoder: str
) -> None:
    known = Gallery([Learned("Mira", encoder, np.zeros(1, np.float32))])
    laid = sheet([DRESSED])
    for checkpoint, may_know in (("pocket", True), ("sdxl", encoder == PHOTOGRAPHED.name)):
        shown = preview_for(laid, 1, NSFW, detector, Said(""), checkpoint, known)
        assert shown is not None
        assert np.array_equal(np.asarray(shown), np.asarray(laid)) is not may_know, checkpoint
