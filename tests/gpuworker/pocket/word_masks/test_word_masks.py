"""The pocket CLIPSeg on scenes it has never seen, and its training."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image

from gpuworker.models.word_masks import WordMasks
from gpuworker.pocket.checkpoint.tokenizer import new_tokenizer
from gpuworker.pocket.clip.network import new_clip
from gpuworker.pocket.loop import Budget
from gpuworker.pocket.word_masks.evaluate import evaluate, overlap
from gpuworker.pocket.word_masks.network import CLIPSEG, save_word_masks
from gpuworker.pocket.word_masks.phrases import choose, group_of
from gpuworker.pocket.word_masks.train import train_word_masks
from gpuworker.pocket.world.drawing import draw
from gpuworker.pocket.world.scene import Figure, Scene, Thing

SCENE = Scene(
    "meadow",
    (Thing("house", "red", "right", "medium"),),
    (Figure("man", "blue", "arms up", "left", "medium"),),
)


@pytest.mark.parametrize(
    ("phrase", "group"),
    [
        ("the red house", "objects"),
        ("the left hand", "hands"),
        ("the face", "faces"),
        ("the man", "figures"),
        ("the shirt", "other parts"),
    ],
)
def test_phrases_have_their_groups(phrase: str, group: str) -> None:
    assert group_of(phrase) == group


def test_phrases_of_what_is_absent_have_an_empty_mask() -> None:
    chosen = choose(draw(SCENE, 1), 200, ["the yellow boat"], Random(1))
    empty = {phrase for phrase, mask in chosen if not mask.any()}
    assert "the yellow boat" in empty
    assert 20 < sum(not mask.any() for _, mask in chosen) < 60
    assert not any("house" in phrase and "red" in phrase for phrase in empty)


def test_training_goes_on_where_it_stopped_and_its_result_loads(tmp_path: Path) -> None:
    tokenizer = new_tokenizer()
    for steps in (1, 2):
        masks = train_word_masks(new_clip(tokenizer), tokenizer, tmp_path, Budget(5, steps), "cpu")
    save_word_masks(masks, tokenizer, tmp_path / "weights")
    assert torch.load(tmp_path / "word-masks.pt", weights_only=True)["number"] == 2
    picture = Image.fromarray(draw(SCENE, 1).pixels)
    assert WordMasks.load(tmp_path / "weights").find(picture, "the house").shape == (128, 128)


def test_overlap_is_of_both_masks() -> None:
    left, right = np.zeros((2, 4, 4), np.bool_)
    left[:, :2], right[:, 1:3] = True, True
    assert overlap(left, right) == pytest.approx(1 / 3)
    assert overlap(left, left) == 1


shipped = pytest.mark.skipif(not CLIPSEG.exists(), reason="ships when it has been trained")


@shipped
def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in CLIPSEG.iterdir()) < 5_000_000


@shipped
def test_what_is_asked_for_is_found_and_nothing_else() -> None:
    found = evaluate(WordMasks.load(CLIPSEG), 20, seed=11)
    assert found["iou_by_group"]["objects"] >= 0.7
    assert found["iou_by_group"]["faces"] >= 0.65
    assert found["iou_by_group"]["left_hand"] >= 0.6
    assert found["absent"] >= 0.8
