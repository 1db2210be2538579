"""Masks from words, on drawings whose parts are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from gpuworker.models.lazy import lazy_masks
from gpuworker.stages import word_mask as word_mask_stage
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.word_mask import roomy, word_mask
from pocket.word_masks.evaluate import overlap
from pocket.world.captions import part_phrases
from pocket.world.drawing import Drawing, draw
from pocket.world.scene import Figure, Scene, Thing
from storage.settings import Settings
from storage.starts import WordMask
from tests.conftest import a_job, imagined

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


def painted(*shapes: tuple[slice, slice]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    found = np.zeros((128, 128), bool)
    for shape in shapes:
        found[shape] = True
    return found


def test_a_thing_is_taken_whole_and_gets_a_rim() -> None:
    mast, hull = (slice(40, 66), slice(60, 63)), (slice(70, 80), slice(40, 90))
    mask = roomy(painted(mast, hull, (slice(66, 70), slice(60, 63)))) > 0
    assert mask[hull].all()
    assert mask[68, 55:70].all(), "what lies between mast and hull goes, too"
    assert mask[75, 36], "an eighth of 50 pixels"
    assert not mask[75, 30]
    assert not mask[20:30].any()


def test_what_frames_something_else_is_not_filled_up() -> None:
    """As hair does: the face stays."""
    sides = (slice(40, 80), slice(40, 44)), (slice(40, 80), slice(76, 80))
    mask = roomy(painted(*sides, (slice(40, 44), slice(40, 80)))) > 0
    assert not mask[55:80, 52:68].any()


def test_what_things_are_in_front_of_hardly_grows() -> None:
    sky = roomy(painted((slice(0, 40), slice(0, 128)))) > 0
    assert sky[:42].all()
    assert not sky[44:].any()


def test_two_things_have_a_mask_each() -> None:
    mask = roomy(painted((slice(20, 30), slice(20, 30)), (slice(90, 100), slice(90, 100)))) > 0
    assert mask[25, 25]
    assert mask[95, 95]
    assert not mask[60, 60]


def test_what_is_going_to_change_is_shown_before_it_is_painted(bench: Bench, drawing: Drawing) -> None:
    picture = Image.fromarray(drawing.pixels)
    start = WordMask(image="ab" * 32, mask_words="the red house")
    source = word_mask_stage.source(picture, start, imagined(a_job()), bench)
    assert source.marked is not None
    changed = np.asarray(source.marked) != np.asarray(picture)
    mask = np.asarray(word_mask(picture, "the red house", bench)) > 0
    assert (changed.any(2) == mask).all()
