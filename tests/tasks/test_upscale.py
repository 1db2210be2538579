"""The job of making a picture larger."""

from __future__ import annotations

from storage.jobs import Upscale
from tasks.upscale import larger
from tests.storage.recipes import RECIPE


def test_the_words_and_steps_of_the_recipe_go_with_it() -> None:
    made = larger("ab" * 32, 4, RECIPE)
    assert made == Upscale(
        image="ab" * 32, factor=4, prompt="a red circle over the sea", negative_prompt="trees", steps=20
    )


def test_of_a_picture_without_a_recipe_nothing_is_said() -> None:
    assert larger("ab" * 32, 2, None).prompt == ""
