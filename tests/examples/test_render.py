"""The example renders what it says."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXAMPLE = Path(__file__).parents[2] / "examples" / "render.py"


def test_two_pictures_lie_in_the_folder_and_show_what_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    circle, house = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("circle", "house"))
    assert circle.shape == house.shape == (128, 128, 3)
    red, green, blue = circle[48:80, 48:80].reshape(-1, 3).mean(0)
    assert red > 1.5 * max(green, blue), "the circle is red"
    red, _, blue = circle[-16:].reshape(-1, 3).mean(0)
    assert blue > red + 30, "over the sea"
    red, _, blue = house[48:80, 48:80].reshape(-1, 3).mean(0)
    assert blue > red + 30, "the house is blue"
    assert house[-16:].min() > 150, "in the snow"
    assert len(EXAMPLE.read_text().splitlines()) <= 25
