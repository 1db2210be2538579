"""Pictures of which all may change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from gpuworker.stages.whole import source
from storage.starts import Whole
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import bench_of


def test_a_wide_picture_loses_its_sides(tmp_path: Path) -> None:
    picture = Image.new("RGB", (384, 128), "red")
    picture.paste("blue", (128, 0, 256, 128))
    task = imagined(a_job()).model_copy(update={"width": 128, "height": 128})
    made = source(picture, Whole(image="ab" * 32, strength=0.4), task, bench_of(tmp_path))
    assert made.picture is not None
    assert made.picture.size == (128, 128)
    assert (np.asarray(made.picture) == (0, 0, 255)).all()
    assert made.strength == 0.4
