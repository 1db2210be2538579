"""Foreign errors inside our sentences."""

from __future__ import annotations

import pytest

from gpuworker.checkpoints.errors import first_line


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("It broke.", "It broke"),
        ("It broke. Please see the manual.", "It broke"),
        ("It broke\nhere\nand there", "It broke"),
        ("unet/config.json is 1.5 times too long", "unet/config.json is 1.5 times too long"),
        ("", "ValueError"),
    ],
)
def test_the_first_sentence_is_taken(message: str, line: str) -> None:
    assert first_line(ValueError(message)) == line
