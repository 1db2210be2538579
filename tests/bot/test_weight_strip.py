"""The picture that shows how a prompt was read."""

from __future__ import annotations

import numpy as np
import pytest

from bot.language import ENGLISH
from bot.weight_strip import WIDTH, colour_of, weight_strip
from moderation.prompt_form import PROMPT_LIMIT


def colours_in(prompt: str, steps: int = 20) -> set[tuple[int, ...]]:
    return set(map(tuple, np.asarray(weight_strip(ENGLISH, prompt, steps)).reshape(-1, 3).tolist()))


@pytest.mark.parametrize("weight", [-1, 0, 0.5, 1, 1.3, 2])
def test_a_word_stands_on_the_colour_of_its_weight(weight: float) -> None:
    seen = colours_in(f"a (red:{weight}) house")
    assert {colour_of(weight), colour_of(1)} <= seen
    assert colour_of(1.7) not in seen


def test_colours_go_one_way() -> None:
    reds = [colour_of(weight)[0] for weight in (0, 0.5, 1, 1.5, 2, 9)]
    assert reds == sorted(reds)
    assert len({colour_of(weight) for weight in (-1, 0, 1, 2)}) == 4


def test_it_grows_with_what_there_is_to_show() -> None:
    heights = [
        weight_strip(ENGLISH, prompt, 20).height
        for prompt in ("a", "a " * 100, "[a:b:0.5]", "[a|b|c|d|e|f|g|h|i]")
    ]
    assert heights[0] < heights[2] < heights[3]
    assert heights[0] < heights[1]


@pytest.mark.parametrize("prompt", ["", "x" * PROMPT_LIMIT, "(" * 50 + "a", "裸 é 🦊", " AND ", "[|]"])
def test_no_prompt_breaks_it(prompt: str) -> None:
    strip = weight_strip(ENGLISH, prompt, 20)
    assert strip.width == WIDTH
    assert strip.height < 1000
