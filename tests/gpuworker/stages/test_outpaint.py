"""Where the pieces of a growing picture lie, and how they fit to what is there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gpuworker.stages.outpaint import Outpainting, outpaint
from gpuworker.stages.region import Box
from storage.sizes import MOST_SIDE, Margins, TooLarge


def painted(grown: Outpainting, colour: str) -> Image.Image:
    """What comes of it if every rendering is of one colour."""
    picture = grown.canvas
    for piece in grown.pieces:
        start = piece.start(picture, 0.5)
        picture = piece.put_back(picture, Image.new("RGB", start.picture.size, colour))
    return picture.crop(grown.wanted)


margins = st.fixed_dictionaries(
    {side: st.sampled_from([0, 1, 40, 110]) for side in ("left", "up", "right", "down")}
).filter(lambda each: any(each.values()))


@settings(max_examples=12)
@given(
    st.tuples(st.integers(48, 140), st.integers(48, 140)),
    margins.map(Margins.model_validate),
    st.sampled_from([(128, 128), (192, 128), (64, 96)]),
    st.sampled_from([None, (-20, 0, 108, 128)]),
)
def test_all_that_is_new_is_painted_and_the_rest_is_kept(
    size: tuple[int, int], margins: Margins, piece: tuple[int, int], first: Box | None
) -> None:
    noise = np.random.default_rng(1).integers(0, 120, (size[1], size[0], 3), np.uint8)
    grown = outpaint(Image.fromarray(noise), margins, piece, first)
    made = np.asarray(painted(grown, "white"))
    assert made.shape[1::-1] == margins.around(size)
    inside = slice(margins.up, margins.up + size[1]), slice(margins.left, margins.left + size[0])
    assert (made[inside] == noise).all()
    new = np.ones(made.shape[:2], bool)
    new[inside] = False
    assert (made[new].max(1) > 0).all(), "black would be canvas that nobody painted"


def test_each_piece_has_half_of_itself_to_go_by() -> None:
    grown = outpaint(Image.new("RGB", (128, 128), "teal"), Margins(right=500, down=200), (128, 128))
    known = np.zeros(grown.canvas.size[::-1], bool)
    known[:128, :128] = True
    for piece in grown.pieces:
        left, top, right, bottom = piece.box
        assert (right - left, bottom - top) == (128, 128)
        share = known[top:bottom, left:right].mean()
        assert 0.3 < share < 1, piece.box
        known[top:bottom, left:right] = True
    assert known.all()


def test_a_small_picture_is_painted_larger_than_it_is() -> None:
    grown = outpaint(Image.new("RGB", (40, 40)), Margins(up=20), (128, 128))
    assert [piece.box for piece in grown.pieces] == [(0, 0, 60, 60)]


def test_a_piece_begins_as_what_is_at_the_border() -> None:
    picture = Image.new("RGB", (128, 128), "skyblue")
    picture.paste("navy", (0, 70, 128, 128))
    grown = outpaint(picture, Margins(left=64, right=64), (192, 128))
    for piece in grown.pieces:
        begun = np.asarray(piece.start(grown.canvas, 0.5).picture)
        assert (begun[:70] == np.asarray(picture)[0, 0]).all()
        assert (begun[72:] == np.asarray(picture)[127, 0]).all()


def test_a_tint_fades_and_what_is_something_else_is_not_drawn_out() -> None:
    picture = Image.new("RGB", (128, 128), (120, 130, 140))
    picture.paste("white", (100, 40, 128, 60))
    grown = outpaint(picture, Margins(right=64), (192, 128))
    (piece,) = grown.pieces
    rendered = Image.new("RGB", (192, 128), (140, 130, 120))
    made = np.asarray(piece.put_back(grown.canvas, rendered)).astype(int)
    assert np.abs(np.diff(made[100], axis=0)).max() <= 3
    assert tuple(made[100, -1]) == (140, 130, 120)
    assert tuple(made[50, 140]) == (140, 130, 120), "no streak of white"


def test_a_picture_grows_to_the_limit_and_no_further() -> None:
    assert Margins(up=MOST_SIDE - 256).around((256, 256)) == (256, MOST_SIDE)
    with pytest.raises(TooLarge, match="2048"):
        Margins(up=MOST_SIDE - 255).around((256, 256))
    with pytest.raises(ValueError, match="one side at least"):
        Margins()
