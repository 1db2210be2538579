"""Which map from latents to colours a checkpoint has."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.preview import preview_of, read_preview
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.families.preview import Preview
from gpuworker.families.sd1.family import SD1


def test_a_preview_of_its_own_is_used(checkpoints_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(checkpoints_folder / "tiny", tmp_path / "own")
    file = tmp_path / "own" / "preview.json"
    rows = [[0.1, 0, 0], [0, 0.1, 0], [0, 0, 0.1], [0, 0, 0]]
    file.write_text(json.dumps({"weight": rows, "bias": [0.5, 0.25, 0]}))
    latents = torch.zeros(1, 4, 2, 3)
    latents[0, 0] = 5
    picture = CheckpointStore(tmp_path, "cpu").get("own").preview.picture(latents)
    assert picture.size == (3, 2)
    assert picture.getpixel((0, 0)) == (255, 64, 0)
    file.write_text('{"weight": [[1, 2], [3, 4]], "bias": [0]}')
    with pytest.raises(CheckpointError, match=r"preview\.json must hold"):
        CheckpointStore(tmp_path, "cpu").get("own")


def test_without_one_it_is_the_familys_if_it_fits_the_latents(tmp_path: Path) -> None:
    assert preview_of(tmp_path, SD1, 4) is SD1.preview
    assert preview_of(tmp_path, SD1, 8) == Preview.grey(8)


@pytest.mark.parametrize(
    "content",
    [
        {"weight": [[1, 2, 3]]},
        {"weight": [[1, 2, 3]], "bias": [0]},
        {"weight": [[1, 2]], "bias": [0, 0, 0]},
        {"weight": "red", "bias": [0, 0, 0]},
        {"weight": [[1, 2, 3], [4, 5, 6]], "bias": [0, 0, 0]},
    ],
)
def test_a_map_that_does_not_fit_is_refused(tmp_path: Path, content: object) -> None:
    file = tmp_path / "preview.json"
    file.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=r"preview\.json must hold a weight of 1 rows of 3"):
        read_preview(file, 1)
