"""How what members trained stands in prompts."""

from __future__ import annotations

import pytest

from storage.records.usable import Usable


@pytest.mark.parametrize(
    ("recipe", "written"),
    [
        (None, "<zorp>"),
        ({"weights": "embedding"}, "<zorp>"),
        ({"steps": 3}, "<zorp>"),
        ({"weights": "lora"}, "<lora:zorp:0.8>"),
    ],
)
def test_a_lora_stands_in_its_brackets_and_a_word_in_others(recipe: dict[str, object], written: str) -> None:
    usable = Usable(id=1, name="zorp", file="a" * 64, widths=(64,), recipe=recipe)
    assert (usable.written, usable.is_lora) == (written, "lora" in written)
