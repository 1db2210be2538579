"""Things are found in pictures of all sizes, and a file that is no usable YOLO is named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.yolo import Yolo, save_yolo
from tests.gpuworker.models.yolos import LABELS, a_network, a_photograph, an_architecture, write_pickle


def test_pictures_of_all_sizes_and_kinds_go_together(tmp_path: Path) -> None:
    file = tmp_path / "small.safetensors"
    save_yolo(a_network("detect"), file, architecture=an_architecture("detect"), names=LABELS, image_size=96)
    yolo = Yolo.load(file)
    pictures: list[Image.Image | np.ndarray] = [
        a_photograph(),
        np.asarray(a_photograph(50, 200)),
        a_photograph(40, 40).convert("RGBA"),
    ]
    together = yolo.find(pictures, score=0.6)
    for found, picture in zip(together, pictures, strict=True):
        (alone,) = yolo.find([picture], score=0.6)
        assert len(found) == len(alone) > 3
        np.testing.assert_allclose([each.box for each in found], [each.box for each in alone], atol=0.01)
    for left, top, right, bottom in (each.box for each in together[1]):
        assert 0 <= left < right <= 50
        assert 0 <= top < bottom <= 200
    assert yolo.find([]) == []


def test_a_pickle_is_refused_with_the_way_to_convert_it(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"convert it with `python -m gpuworker.models.convert_yolo"):
        Yolo.load(write_pickle("detect", tmp_path))


def test_what_is_no_usable_yolo_is_named_and_refused(tmp_path: Path) -> None:
    good, file = tmp_path / "good.safetensors", tmp_path / "odd.safetensors"
    architecture = an_architecture("detect")
    save_yolo(a_network("detect"), good, architecture=architecture, names=LABELS, image_size=96)
    with safe_open(good, "pt") as opened:
        weights = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        metadata = opened.metadata()

    def refusal(**changed: str) -> str:
        save_file(weights, file, metadata | changed)
        with pytest.raises(CheckpointError) as refused:
            Yolo.load(file)
        assert str(file) in str(refused.value)
        return str(refused.value)

    assert "made to classify" in refusal(task="classify")
    assert "instead of Segment" in refusal(task="segment")
    assert "cannot be read" in refusal(architecture="{")
    assert "cannot be read" in refusal(names="3")
    assert "image size 33" in refusal(image_size="33")
    assert "do not fit" in refusal(names=json.dumps(["face"]))
    loads = json.dumps(architecture | {"backbone": [[-1, 1, "TorchVision", [8, "resnet18"]]]})
    assert "layer TorchVision" in refusal(architecture=loads)
    trace = tmp_path / "trace"
    evil = json.dumps(architecture | {"activation": f"open({str(trace)!r}, 'w')"})
    assert "activation" in refusal(architecture=evil)
    assert not trace.exists()

    save_file(weights, file)
    with pytest.raises(CheckpointError, match="does not say what network"):
        Yolo.load(file)
    file.write_bytes(good.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="cut off or damaged"):
        Yolo.load(file)
    with pytest.raises(CheckpointError, match="missing"):
        Yolo.load(tmp_path / "nowhere.safetensors")
