"""Masks that a job names."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.mask import source
from gpuworker.stages.region import Region
from storage.starts import Mask
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import bench_of

PICTURE = Image.new("RGB", (64, 48), "teal")


def stored(bench: Bench, mask: Image.Image) -> Mask:
    png = io.BytesIO()
    mask.save(png, "PNG")
    return Mask(image="ab" * 32, mask=bench.blobs.put(png.getvalue()))


def test_what_is_white_is_painted_in_one_piece(tmp_path: Path) -> None:
    bench, task = bench_of(tmp_path), imagined(a_job())
    mask = Image.new("L", PICTURE.size)
    mask.paste(255, (8, 8, 24, 24))
    made = source(PICTURE, stored(bench, mask), task, bench)
    ((region,),) = made.pieces
    assert isinstance(region, Region)
    assert made.picture is PICTURE
    assert region.mask.getbbox() == (8, 8, 24, 24)


@pytest.mark.parametrize("mask", [Image.new("L", (64, 48)), Image.new("L", (48, 64), 255)])
def test_a_mask_without_white_or_of_another_size_is_a_sentence(tmp_path: Path, mask: Image.Image) -> None:
    bench = bench_of(tmp_path)
    with pytest.raises(JobFailed, match="The mask does not fit the picture"):
        source(PICTURE, stored(bench, mask), imagined(a_job()), bench)
