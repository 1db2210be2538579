"""Masks from words, on drawings whose parts are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from gpuworker.models.lazy import lazy_masks
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.word_mask import word_mask
from pocket.word_masks.evaluate import overlap
from pocket.world.captions import part_phrases
from pocket.world.drawing import Drawing, draw
from pocket.world.scene import Figure, Scene, Thing
from storage.settings import Settings

SCENE = Scene(
    "meadow",
    (Thing("house", "red", "right", "medium"),),
    (Figure("man", "blue", "waving", "left", "big"),),
)


def with_masks(**chosen: Any) -> Bench:
    """A bench of which nothing but the model of masks is used."""
    return cast(Bench, SimpleNamespace(masks=lazy_masks(Settings(**chosen), "cpu")))


@pytest.fixture(scope="module")
def bench() -> Bench:
    return with_masks()


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return draw(SCENE, 3)


@pytest.mark.parametrize("words", ["the red house", "the man", "the person", "the face", "the left hand"])
@pytest.mark.parametrize("scale", [1, 3])
def test_what_words_say_is_masked_and_little_else(
    bench: Bench, drawing: Drawing, words: str, scale: int
) -> None:
    picture = Image.fromarray(drawing.pixels).resize((128 * scale, 128 * scale))
    mask = word_mask(picture, words, bench)
    assert mask.size == picture.size
    assert set(np.unique(np.asarray(mask))) == {0, 255}
    truth = dict(part_phrases(drawing))[words]
    found = np.asarray(mask.resize((128, 128), Image.Resampling.NEAREST)) > 0
    assert found[truth].mean() > 0.85, "a mask that stops short leaves a rim of the old"
    assert overlap(found, truth) > 0.3, "grown by two pixels, a hand is twice as large"


@pytest.mark.parametrize("words", ["a unicorn", "the green boat", "the second moon"])
def test_what_is_not_there_is_a_sentence(bench: Bench, drawing: Drawing, words: str) -> None:
    with pytest.raises(JobFailed, match=f"could not find “{words}” in this picture"):
        word_mask(Image.fromarray(drawing.pixels), words, bench)


def test_a_worker_without_the_model_says_so(drawing: Drawing, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(JobFailed, match="right now"):
        word_mask(Image.fromarray(drawing.pixels), "the house", with_masks(masks="pocket-x4"))
    assert "choose one of pocket-clipseg" in caplog.text
