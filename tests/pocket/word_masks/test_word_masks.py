"""The pocket CLIPSeg on scenes it has never seen, and its training."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image

from gpuworker.models.word_masks import WordMasks
from pocket.checkpoint.tokenizer import new_tokenizer
from pocket.clip.network import new_clip
from pocket.loop import Budget
from pocket.word_masks.evaluate import evaluate, overlap
from pocket.word_masks.network import CLIPSEG, new_word_masks, open_decoder, save_word_masks
from pocket.word_masks.phrases import choose, group_of
from pocket.word_masks.sight import CELLS, PAINTS, THINGS, Naming, Sight, draw_labels
from pocket.word_masks.train import Teacher, train_towers, train_word_masks
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene, Thing

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


@pytest.mark.slow
def test_training_goes_on_where_it_stopped_and_its_result_loads(tmp_path: Path) -> None:
    tokenizer = new_tokenizer()
    for steps in (1, 2):
        masks, teacher = new_word_masks(new_clip(tokenizer), tokenizer), Teacher()
        train_towers(masks, teacher, tokenizer, tmp_path / "towers.pt", Budget(5, steps))
        train_word_masks(masks, teacher, tokenizer, tmp_path / "masks.pt", Budget(5, steps))
    save_word_masks(masks, tokenizer, tmp_path / "weights")
    for stage in ("towers.pt", "masks.pt"):
        assert torch.load(tmp_path / stage, weights_only=True)["number"] == 2
    picture = Image.fromarray(draw(SCENE, 1).pixels)
    assert WordMasks.load(tmp_path / "weights").find(picture, "the house").shape == (128, 128)


def test_every_spot_has_the_label_of_what_lies_on_top() -> None:
    drawing = draw(SCENE, 1)
    things, paints = draw_labels(drawing)
    assert things.shape == (CELLS, CELLS)
    (house,) = drawing.annotations
    inside = house.mask[::2, ::2]
    assert set(np.unique(things[inside])) == {1 + THINGS.index("house")}
    assert set(np.unique(paints[inside])) == {1 + PAINTS.index("red")}
    parts = {THINGS[label - 1] for label in np.unique(things) if label}
    assert {"face", "left eye", "right hand", "left leg"} <= parts
    assert 1 + PAINTS.index("blue") in paints, "clothes have a colour"


def test_small_things_weigh_as_much_as_large_ones() -> None:
    """A model that misses a hand errs as much as one that misses a house."""
    sight = Sight(8)
    read = sight.maps[1]
    assert isinstance(read, torch.nn.Linear)
    labels = torch.zeros(1, 2, CELLS, CELLS, dtype=torch.long)
    labels[0, 0, :30, :30], labels[0, 0, 50:54, 50:60] = 7, 13
    with torch.no_grad():
        read.weight.zero_()
        read.bias.zero_()
        losses = []
        for seen in (7, 13):
            bias = read.bias.view(-1, 16)
            bias.zero_()
            bias[seen] = 3.0
            losses.append(float(sight.losses(torch.randn(1, 256, 128), labels)[0]))
    assert losses[0] == pytest.approx(losses[1], rel=0.3)


def test_phrases_name_what_their_masks_cover() -> None:
    naming, labels = Naming(), torch.zeros(1, 2, CELLS, CELLS, dtype=torch.long)
    labels[0, 0, :20], labels[0, 0, 40:] = 1, 2
    truth = torch.zeros(1, 128, 128)
    truth[0, :40] = 1
    with torch.no_grad():
        naming.weight.zero_()
        naming.bias.fill_(-9)
        naming.bias[0] = 9
        right = naming.loss(torch.zeros(1, 128), truth, labels)
        naming.bias[0], naming.bias[1] = -9, 9
        wrong = naming.loss(torch.zeros(1, 128), truth, labels)
    assert right < 0.01 < 5 < wrong


def test_the_decoder_hears_faint_differences() -> None:
    masks = new_word_masks(new_clip(tokenizer := new_tokenizer()), tokenizer)
    words = torch.randn(500, 128) * torch.logspace(0, -1, 128) * 20 + 7
    open_decoder(masks, words, words)
    heard = masks.decoder.film_mul(words)
    assert heard.mean(0).sub(1).abs().max() < 0.01
    assert heard.var(0).min() > 0.3


def test_overlap_is_of_both_masks() -> None:
    left, right = np.zeros((2, 4, 4), np.bool_)
    left[:, :2], right[:, 1:3] = True, True
    assert overlap(left, right) == pytest.approx(1 / 3)
    assert overlap(left, left) == 1


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in CLIPSEG.iterdir()) < 5_000_000


def test_what_is_asked_for_is_found_and_nothing_else() -> None:
    found = evaluate(WordMasks.load(CLIPSEG), 20, seed=11)
    assert found["iou_by_group"]["objects"] >= 0.85
    assert found["iou_by_group"]["faces"] >= 0.8
    assert found["iou_by_group"]["left_hand"] >= 0.7
    assert found["absent"] >= 0.9
