from __future__ import annotations

from random import Random

import numpy as np
import pytest
import torch

from pocket.detectors.samples import (
    Batches,
    Sample,
    farther,
    mirrored,
    sample_of,
    scene_to_find,
    wear,
)
from pocket.detectors.truth import LABELS, boxes_of
from pocket.world.drawing import SIZE, draw
from pocket.world.scene import Figure, Scene, Thing

MAN = Figure("man", "red", "standing", "left", "big")


def a_scene(*figures: Figure, portrait: bool = False) -> Scene:
    return Scene("meadow", (), figures, portrait)


def labels_of(scene: Scene) -> list[str]:
    return sorted(label for label, _ in boxes_of(draw(scene, 4)))


def test_a_figure_and_each_of_its_parts_are_to_be_found() -> None:
    pairs = ["arm", "eye", "hand", "leg"] * 2
    assert labels_of(a_scene(MAN)) == sorted(["face", "figure", "head", "mouth", *pairs])


def test_only_the_bare_have_a_bare_torso() -> None:
    bare = Figure("woman", "bare", "waving", "centre", "big")
    assert "bare torso" in labels_of(a_scene(bare))
    assert "bare torso" in labels_of(a_scene(bare, portrait=True))
    things = Scene("sea", (Thing("boat", "pink", "left", "big"),))
    assert labels_of(things) == []


@pytest.mark.parametrize(
    ("goof", "label", "count"),
    [
        ("third arm", "arm", 3),
        ("missing arm", "arm", 1),
        ("two heads", "head", 2),
        ("no head", "head", 0),
        ("third leg", "leg", 3),
        ("missing leg", "leg", 1),
        ("extra hand", "hand", 3),
    ],
)
def test_limbs_too_many_and_too_few_are_what_is_to_be_found(goof: str, label: str, count: int) -> None:
    wrong = Figure("man", "red", "standing", "centre", "big", goof)
    assert labels_of(a_scene(wrong)).count(label) == count


def content(sample: Sample, label: str) -> float:
    """The mean colour within the first box of a label."""
    left, top, right, bottom = (
        sample.boxes[list(sample.labels).index(LABELS.index(label))].round().astype(int)
    )
    return float(sample.pixels[top:bottom, left:right].mean())


@pytest.mark.parametrize("label", ["head", "leg", "hand"])
def test_boxes_stay_around_what_they_are_of(label: str) -> None:
    sample = sample_of(a_scene(MAN), 4)
    assert content(mirrored(sample), label) == pytest.approx(content(sample, label))
    for seed in range(5):
        small = farther(sample, Random(seed))
        assert content(small, label) == pytest.approx(content(sample, label), abs=8)
        assert (small.boxes >= 0).all()
        assert (small.boxes <= SIZE).all()


def test_wear_changes_a_picture_a_little() -> None:
    pixels = sample_of(a_scene(MAN), 4).pixels
    changes = [np.abs(wear(pixels, Random(seed)).astype(int) - pixels).mean() for seed in range(30)]
    assert max(changes) < 15
    assert sum(change > 0.2 for change in changes) > 15


def test_a_batch_says_whose_each_box_is() -> None:
    batch = Batches(1, size=4, fresh=2).next()
    assert batch["img"].shape == (4, 3, SIZE, SIZE)
    assert 0 <= batch["img"].min() < 0.3 < 0.5 < batch["img"].max() <= 1
    assert len(batch["cls"]) == len(batch["bboxes"]) == len(batch["batch_idx"])
    assert set(batch["batch_idx"].tolist()) <= {0, 1, 2, 3}
    halves, centres = batch["bboxes"][:, 2:] / 2, batch["bboxes"][:, :2]
    assert torch.all(centres - halves >= -1e-6)
    assert torch.all(centres + halves <= 1 + 1e-6)


def test_training_and_testing_share_no_scene() -> None:
    rng = Random(3)
    assert not any(scene_to_find(rng).held_out for _ in range(200))
    assert all(scene_to_find(rng, held_out=True).held_out for _ in range(50))
