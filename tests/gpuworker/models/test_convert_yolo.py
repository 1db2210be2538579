"""Files of ultralytics become safetensors that find the same, and nothing in them is run."""

from __future__ import annotations

import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.convert_yolo import convert, main
from tests.gpuworker.models.yolos import HEADS, LABELS, a_network, a_photograph, an_architecture, write_pickle


@pytest.mark.parametrize("task", list(HEADS))
def test_a_converted_file_finds_what_ultralytics_finds_in_the_original(tmp_path: Path, task: str) -> None:
    from ultralytics import YOLO

    pickle, picture = write_pickle(task, tmp_path), a_photograph()
    yolo = convert(pickle, pickle.with_suffix(".safetensors"))
    (found,) = yolo.find([picture], score=0.6, overlap=0.5)
    (theirs,) = YOLO(pickle).predict(
        picture, conf=0.6, iou=0.5, imgsz=96, rect=False, retina_masks=True, verbose=False
    )
    theirs = theirs[(theirs.boxes.xywh[:, 2:] > 0).all(1)]
    assert len(found) > 3
    assert [each.label for each in found] == [LABELS[int(label)] for label in theirs.boxes.cls]
    np.testing.assert_allclose([each.score for each in found], theirs.boxes.conf, atol=1e-3)
    np.testing.assert_allclose([each.box for each in found], theirs.boxes.xyxy, atol=0.05)
    if task == "pose":
        points = np.stack([each.keypoints for each in found if each.keypoints is not None])
        np.testing.assert_allclose(points, theirs.keypoints.data, atol=0.05)
    if task == "segment":
        masks = np.stack([each.mask for each in found if each.mask is not None])
        assert masks.shape == (len(found), 80, 120)
        assert masks.any()
        assert (masks == theirs.masks.data.numpy().astype(bool)).mean() > 0.999


class Malice:
    """Opened without care, it writes a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self.target,)


def test_converting_runs_nothing_that_a_file_brings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, target, trace = tmp_path / "bad.pt", tmp_path / "bad.safetensors", tmp_path / "trace"
    torch.save({"model": a_network("detect"), "more": Malice(trace)}, bad)
    monkeypatch.setattr(sys, "argv", ["convert", str(bad), str(target)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert str(bad) in str(ended.value)
    assert not trace.exists()
    assert not target.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"model": OrderedDict(weight=torch.zeros(1))}, "no model of ultralytics"),
        ({"model": torch.nn.Linear(1, 1)}, "no model of ultralytics"),
    ],
)
def test_other_pickles_are_not_converted(tmp_path: Path, content: dict[str, Any], why: str) -> None:
    other = tmp_path / "other.pt"
    torch.save(content, other)
    with pytest.raises(CheckpointError, match=why):
        convert(other, tmp_path / "other.safetensors")


def test_a_cut_off_pickle_is_not_converted(tmp_path: Path) -> None:
    pickle = write_pickle("detect", tmp_path)
    pickle.write_bytes(pickle.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match="cut off"):
        convert(pickle, pickle.with_suffix(".safetensors"))
    with pytest.raises(CheckpointError, match="missing"):
        convert(pickle.with_name("nowhere.pt"), pickle.with_suffix(".safetensors"))


def test_a_classifier_is_not_converted(tmp_path: Path) -> None:
    from ultralytics.nn.tasks import ClassificationModel

    classify = tmp_path / "classify.pt"
    head = [[-1, 1, "Classify", ["nc"]]]
    torch.save(
        {"model": ClassificationModel(an_architecture("detect") | {"head": head}, verbose=False)}, classify
    )
    with pytest.raises(CheckpointError, match=r"classify\.pt is a YOLO made to classify: choose one made to"):
        convert(classify, tmp_path / "classify.safetensors")
