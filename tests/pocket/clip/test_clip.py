"""The pocket CLIP on scenes it has never seen, and its training."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
import torch
from PIL import Image

from gpuworker.models.clip import Clip
from pocket import WEIGHTS
from pocket.clip.evaluate import evaluate
from pocket.clip.network import CLIP, save_clip
from pocket.clip.train import train_clip
from pocket.loop import Budget
from pocket.world.captions import KIND_WORDS
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene, Thing, random_scene


@pytest.fixture(scope="module")
def clip() -> Clip:
    return Clip.load(CLIP)


def test_captions_find_their_pictures(clip: Clip) -> None:
    found = evaluate(clip, rounds=3, seed=11)
    assert found["retrieval"] >= 0.9
    assert found["look_alikes"] >= 0.33


@pytest.mark.parametrize(
    ("scene", "words", "others"),
    [
        (Scene("sea", (Thing("boat", "red", "left", "big"),)), "a red boat", ("a blue boat", "a red tree")),
        (
            Scene("snow", (Thing("star", "pink", "top", "big"),)),
            "a pink star",
            ("a man", "a pink boat"),
        ),
        (
            Scene("night", (), (Figure("woman", "green", "arms up", "centre", "big"),)),
            "a woman in green at night",
            ("a woman in red at night", "a green house at night", "a woman in green in the snow"),
        ),
    ],
)
def test_a_picture_agrees_most_with_what_it_shows(
    clip: Clip, scene: Scene, words: str, others: tuple[str, ...]
) -> None:
    seen = clip.pictures([Image.fromarray(draw(scene, seed).pixels) for seed in range(4)]).mean(0)
    right, *wrong = (clip.texts([words, *others]) @ seen).tolist()
    assert right > max(wrong)


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in CLIP.iterdir()) < 4_000_000


def test_training_goes_on_where_it_stopped_and_its_result_loads(tmp_path: Path) -> None:
    train_clip(tmp_path, Budget(5, steps=1), "cpu")
    save_clip(*train_clip(tmp_path, Budget(5, steps=2), "cpu"), tmp_path / "weights")
    assert torch.load(tmp_path / "clip.pt", weights_only=True)["number"] == 2
    assert Clip.load(tmp_path / "weights").texts(["a red boat"]).norm().item() == pytest.approx(1)


def test_it_goes_on_with_the_eyes_of_its_clipseg(tmp_path: Path) -> None:
    save_clip(*train_clip(tmp_path, Budget(5, steps=1), "cpu", begin=WEIGHTS), tmp_path / "weights")
    assert Clip.load(tmp_path / "weights").model.config.vision_config.patch_size == 8


def test_it_knows_things_by_their_shapes(clip: Clip) -> None:
    rng, kinds = Random(5), KIND_WORDS
    scenes = [random_scene(rng, 1, held_out=True) for _ in range(40)]
    seen = clip.pictures([Image.fromarray(draw(scene, rng.getrandbits(32)).pixels) for scene in scenes])
    said = clip.texts([f"a {words[0]}" for words in kinds.values()])
    found = [list(kinds)[place] for place in (seen @ said.T).argmax(1).tolist()]
    right = [kind == scene.things[0].kind for kind, scene in zip(found, scenes, strict=True)]
    assert sum(right) >= 0.7 * len(right)
