"""What is cut out around a mask, and how it is put back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gpuworker.stages.region import Region


def a_mask(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


@st.composite
def regions(draw: st.DrawFn) -> tuple[Image.Image, Image.Image, Region]:
    width, height = draw(st.integers(8, 300)), draw(st.integers(8, 300))
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    right, bottom = draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height))
    noise = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 256, (height, width, 3), np.uint8)
    picture, mask = Image.fromarray(noise), a_mask((width, height), (left, top, right, bottom))
    size = draw(st.sampled_from([(64, 64), (96, 64), (64, 128)]))
    return picture, mask, Region(mask, size)


@settings(max_examples=60)
@given(regions())
def test_any_mask_is_in_its_box_and_the_rest_is_kept(given: tuple[Image.Image, Image.Image, Region]) -> None:
    picture, mask, region = given
    left, top, right, bottom = region.box
    assert 0 <= left < right <= picture.width
    assert 0 <= top < bottom <= picture.height
    outside = mask.copy()
    outside.paste(0, region.box)
    assert outside.getbbox() is None
    start = region.start(picture, 0.7)
    assert start.mask is not None
    assert start.mask.size == start.picture.size
    assert start.mask.getbbox() is not None
    whole = np.asarray(region.put_back(picture, Image.new("RGB", start.picture.size, "lime")))
    kept = np.asarray(mask) == 0
    assert (whole[kept] == np.asarray(picture)[kept]).all()


def test_the_box_has_the_shape_of_what_is_rendered_and_context_on_all_sides() -> None:
    mask = a_mask((1000, 800), (400, 300, 500, 360))
    assert Region(mask, (96, 64)).box == (350, 263, 550, 396)
    at_the_edge = Region(a_mask((1000, 800), (960, 780, 1000, 800)), (96, 64))
    assert at_the_edge.box == (920, 747, 1000, 800)


def test_a_tiny_mask_is_not_magnified_without_end() -> None:
    region = Region(a_mask((512, 512), (256, 256, 259, 258)), (128, 128))
    assert region.box == (241, 241, 273, 273)


def test_a_mask_over_most_of_a_picture_takes_the_whole_of_it() -> None:
    region = Region(a_mask((150, 100), (10, 10, 140, 90)), (96, 64))
    assert region.box == (0, 0, 150, 100)


def test_what_is_put_back_unchanged_leaves_no_trace() -> None:
    picture = Image.linear_gradient("L").resize((128, 128)).convert("RGB")
    region = Region(a_mask(picture.size, (40, 40, 80, 80)), (128, 128))
    whole = region.put_back(picture, region.start(picture, 0.5).picture)
    assert np.abs(np.asarray(whole).astype(int) - np.asarray(picture)).max() <= 2


def test_a_tint_of_the_rendering_does_not_show_at_the_edge() -> None:
    """Autoencoders shift colours a little; without care one would see the mask's outline."""
    picture = Image.new("RGB", (128, 128), (120, 130, 140))
    region = Region(a_mask(picture.size, (40, 40, 88, 88)), (128, 128))
    whole = np.asarray(region.put_back(picture, Image.new("RGB", (128, 128), (140, 130, 120)))).astype(int)
    steps = np.abs(np.diff(whole, axis=1)).max()
    assert steps <= 5
    assert tuple(whole[64, 64]) == (140, 130, 120)


@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_a_scratch_is_painted_over(thickness: int) -> None:
    """A feather that begins inside the mask would leave most of a thin line as it is."""
    picture = Image.new("RGB", (256, 256), "teal")
    scratch = (20, 100, 236, 100 + thickness)
    picture.paste("white", scratch)
    region = Region(a_mask(picture.size, scratch), (256, 256))
    whole = np.asarray(region.put_back(picture, Image.new("RGB", (256, 256), "teal")))
    assert (whole == np.asarray(Image.new("RGB", (256, 256), "teal"))).all()
