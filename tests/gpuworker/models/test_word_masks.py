"""Masks of what words say, from a CLIPSeg in a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gpuworker.models.word_masks import WordMasks
from tests.gpuworker.models.clip_folders import write_clipseg


@pytest.fixture
def masks_folder(tmp_path: Path) -> Path:
    write_clipseg(tmp_path / "clipseg")
    return tmp_path / "clipseg"


@pytest.mark.parametrize("size", [(28, 28), (90, 40), (7, 5)])
def test_masks_have_the_size_of_the_picture(masks_folder: Path, size: tuple[int, int]) -> None:
    picture = Image.effect_noise(size, 80)
    found = WordMasks.load(masks_folder).find(picture, "the left hand")
    assert found.shape == size[::-1]
    assert found.dtype == np.float32
    assert 0 <= found.min() < found.max() <= 1
