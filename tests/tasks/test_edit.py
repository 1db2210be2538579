"""The job of changing one thing in a picture."""

from __future__ import annotations

import pytest

from storage.noise import Noise
from storage.starts import Edit
from tasks.edit import GUIDANCE_SCALE, NothingToChange, check_texts, edit_task
from tests.storage.recipes import RECIPE


def test_the_picture_keeps_its_shape_and_is_told_both_texts() -> None:
    made = edit_task(RECIPE, "ab" * 32, (2000, 1000), "a blue circle over the sea", 128, Noise(seed=3))
    assert made.start == Edit(image="ab" * 32, shows="a blue circle over the sea")
    assert made.prompt == "a red circle over the sea"
    assert made.width == 2 * made.height
    assert made.guidance_scale == GUIDANCE_SCALE


def test_the_same_words_change_nothing() -> None:
    with pytest.raises(NothingToChange, match="Both texts say the same"):
        check_texts("a red  boat", " a red boat")
    check_texts("a red boat", "a blue boat")
