"""The figures as a whole: next to perfect for drawings, and nothing for pictures that show nothing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from pocket.measures import evaluate as measures
from pocket.measures.outlines import Pixels
from pocket.witness.network import load_witness


@pytest.mark.slow
def test_drawings_do_well_and_mere_colour_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = set()

    def render(
        pipeline: Any, captions: Sequence[str], seed: int, stretch: tuple[float, float] = (1, 1)
    ) -> Pixels:
        shapes.add(stretch)
        return np.full((len(captions), round(128 * stretch[1]), round(128 * stretch[0]), 3), 160, np.uint8)

    monkeypatch.setattr(measures, "render", render)
    found = measures.evaluate(None, load_witness(), captions=80, seed=2)
    assert shapes == {(1, 1), (1, 1.5), (1.5, 1)}
    assert found["captions"] == 80
    for name in ("circles", "stars", "doors", "roofs", "portraits", "known", "once", "sharpness"):
        assert found[name]["rendered"] == pytest.approx(0, abs=0.01), name
        assert found[name]["drawn"] >= 0.94, name
    assert found["beautiful"] == {"rendered": 0, "drawn": 0}
