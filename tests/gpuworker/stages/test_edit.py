"""What is put back of an edited picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from gpuworker.stages.edit import Edit

NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 200, (300, 200, 3), np.uint8))


@pytest.mark.parametrize("size", [(64, 96), (200, 300), (256, 384)])
def test_what_was_not_changed_is_what_it_was_bit_for_bit(size: tuple[int, int]) -> None:
    edit = Edit("noise", size)
    start = edit.start(NOISE, 1.0)
    assert (start.picture.size, start.shows, start.mask) == (size, "noise", None)
    assert edit.put_back(NOISE, start.picture).tobytes() == NOISE.tobytes()
    changed = start.picture.copy()
    changed.paste("lime", (0, 0, size[0] // 2, size[1] // 2))
    made = np.asarray(edit.put_back(NOISE, changed))
    assert made.shape == (300, 200, 3)
    assert (made[10:140, 10:90] == (0, 255, 0)).all()
    kept = np.ones((300, 200), bool)
    kept[:160, :110] = False
    assert (made[kept] == np.asarray(NOISE)[kept]).all()
