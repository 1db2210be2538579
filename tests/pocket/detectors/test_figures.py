from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diffusers import DiffusionPipeline

from gpuworker.models.yolo import Yolo, save_yolo
from moderation.pictures import Detector, load_detector
from pocket import CHECKPOINT
from pocket.detectors.evaluate import evaluate
from pocket.detectors.network import ARCHITECTURE
from pocket.detectors.train import FIGURES, train_detector
from pocket.detectors.truth import LABELS
from pocket.loop import Budget
from pocket.world.drawing import SIZE


@pytest.fixture(scope="module")
def figures() -> Yolo:
    return Yolo.load(FIGURES)


@pytest.fixture(scope="module")
def nudity() -> Detector:
    return load_detector()


@pytest.fixture(scope="module")
def result(figures: Yolo, nudity: Detector) -> dict[str, Any]:
    return evaluate(figures, nudity, 80, seed=9)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["drawn", "worn"])
def test_figures_and_their_parts_are_found(result: dict[str, Any], how: str) -> None:
    precisions = result[how]["ap50"]
    for label in ("figure", "head", "face", "hand", "arm", "leg", "bare torso"):
        assert precisions[label] >= 0.9, label


def test_limbs_are_counted(result: dict[str, Any]) -> None:
    counts = result["drawn"]["counts_right"]
    assert counts["whole"]["all"] >= 0.85
    assert counts["goofs"]["all"] >= 0.75


@pytest.mark.parametrize("how", ["drawn", "worn"])
def test_the_bare_are_told_from_the_dressed(result: dict[str, Any], how: str) -> None:
    assert result[how]["bare"]["precision"] >= 0.9
    assert result[how]["bare"]["recall"] >= 0.9


def test_training_goes_on_where_it_stopped_and_its_result_loads(tmp_path: Path) -> None:
    pipeline = DiffusionPipeline.from_pretrained(CHECKPOINT)
    for steps in (2, 3):
        budget = Budget(5, steps=steps)
        network = train_detector(tmp_path, budget, budget, pipeline, "cpu", batch=2, painted=2)
    save_yolo(network, tmp_path / "new.safetensors", architecture=ARCHITECTURE, names=LABELS, image_size=SIZE)
    yolo = Yolo.load(tmp_path / "new.safetensors")
    assert yolo.names == LABELS
    assert yolo.find([np.zeros((SIZE, SIZE, 3), np.uint8)], score=0.9) == [[]]
