from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, UnidentifiedImageError
from safetensors import safe_open
from safetensors.torch import save_file

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.convert_yolo import convert
from gpuworker.models.convert_yolo import main as convert_main
from gpuworker.models.yolo import TASKS, Yolo, save_yolo

HEADS: dict[str, list[Any]] = {
    "detect": ["Detect", ["nc"]],
    "segment": ["Segment", ["nc", 32, 16]],
    "pose": ["Pose", ["nc", [5, 3]]],
}
LABELS = ["face", "hand"]


def an_architecture(task: str) -> dict[str, Any]:
    return {
        "nc": 2,
        "backbone": [
            [-1, 1, "Conv", [8, 3, 2]],
            [-1, 1, "Conv", [16, 3, 2]],
            [-1, 1, "C2f", [16, True]],
            [-1, 1, "Conv", [32, 3, 2]],
            [-1, 1, "Conv", [32, 3, 2]],
        ],
        "head": [[[3, 4], 1, *HEADS[task]]],
        "kpt_shape": [5, 3],
    }


def a_network(task: str) -> Any:
    """A network of random weights that is sure of something, and of small boxes."""
    torch.manual_seed(5)
    network = TASKS[task](an_architecture(task), verbose=False)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    network.train()(torch.rand(2, 3, 96, 96))
    for classify in network.model[-1].cv3:
        torch.nn.init.normal_(classify[-1].weight, std=0.3)
        torch.nn.init.zeros_(classify[-1].bias)
    for place in network.model[-1].cv2:
        place[-1].bias.data = -torch.arange(16.0).repeat(4)
    return network.eval()


@pytest.fixture
def a_pickle(tmp_path: Path) -> Callable[[str], Path]:
    """What ultralytics' trainer writes: the whole model object, in half precision, and how it was trained."""

    def write(task: str) -> Path:
        network = a_network(task)
        network.names, network.task = dict(enumerate(LABELS)), task
        file = tmp_path / f"{task}.pt"
        torch.save({"model": network.half(), "ema": None, "train_args": {"imgsz": 96, "task": task}}, file)
        return file

    return write


def a_photograph(width: int = 120, height: int = 80) -> Image.Image:
    noise = np.random.default_rng(3).integers(0, 256, (9, 12, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("task", list(HEADS))
def test_a_converted_file_finds_what_ultralytics_finds_in_the_original(
    a_pickle: Callable[[str], Path], task: str
) -> None:
    from ultralytics import YOLO

    pickle, picture = a_pickle(task), a_photograph()
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


def test_what_is_no_picture_is_still_pillows_to_say() -> None:
    with pytest.raises(UnidentifiedImageError):
        Image.open(BytesIO(b"no picture"))


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


class Malice:
    """Opened without care, it writes a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self.target,)


def test_a_pickle_is_refused_with_the_way_to_convert_it(a_pickle: Callable[[str], Path]) -> None:
    with pytest.raises(CheckpointError, match=r"convert it with `python -m gpuworker.models.convert_yolo"):
        Yolo.load(a_pickle("detect"))


def test_converting_runs_nothing_that_a_file_brings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, target, trace = tmp_path / "bad.pt", tmp_path / "bad.safetensors", tmp_path / "trace"
    torch.save({"model": a_network("detect"), "more": Malice(trace)}, bad)
    monkeypatch.setattr(sys, "argv", ["convert", str(bad), str(target)])
    with pytest.raises(SystemExit) as ended:
        convert_main()
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


def test_a_cut_off_pickle_is_not_converted(a_pickle: Callable[[str], Path]) -> None:
    pickle = a_pickle("detect")
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


def test_ultralytics_leaves_home_network_and_environment_alone(tmp_path: Path) -> None:
    script = """
import os, socket
import torch
def refuse(*_): raise SystemExit("looked up a host")
socket.getaddrinfo = socket.socket.connect = refuse
import gpuworker
before = dict(os.environ)
import gpuworker.models.ultralytics
assert dict(os.environ) == before, set(os.environ) ^ set(before)
from ultralytics.utils import AUTOINSTALL, ONLINE, VERBOSE
assert not (AUTOINSTALL or ONLINE or VERBOSE)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
