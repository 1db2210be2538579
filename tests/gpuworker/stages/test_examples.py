"""What a training's pictures have in common, how they are cut, and what is said of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gpuworker.models.words import Words
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.examples import examples_of, names_for, refuse_repeated, square_around
from moderation.judge import judge_prompt
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing
from storage.jobs import Job
from storage.training import Example, Subject, Train
from tests.benchmarks.subjects import OBJECTS, Object, pictures_of
from tests.gpuworker.fake_farm import bench_of

BOATS = [
    Scene(where, (Thing("boat", "red", place, "medium"),))
    for where, place in (("sea", "left"), ("snow", "right"), ("night", "top"))
]
STRANGERS = [
    Scene("sea", (Thing("circle", "red", "centre", "big"),)),
    Scene("snow", (Thing("house", "blue", "left", "big"),)),
    Scene("forest", (Thing("star", "yellow", "top", "big"),)),
]


class Found:
    """A CLIPSeg that finds the same box in every picture."""

    def get(self) -> Found:
        return self

    def find(self, picture: Image.Image, words: str) -> NDArray[np.float32]:
        found = np.zeros((picture.height, picture.width), np.float32)
        found[40:60, 150:170] = 1
        return found


@pytest.fixture
def a_bench(words: Words, tmp_path: Path) -> Callable[..., Bench]:
    return partial(bench_of, tmp_path, words=words, masks=Found())


def a_job(bench: Bench, scenes: list[Scene], subject: Subject, *captions: str | None) -> Job:
    examples = []
    for place, scene in enumerate(scenes):
        Image.fromarray(draw(scene, place).pixels).save(file := io.BytesIO(), "PNG")
        caption = captions[place] if place < len(captions) else None
        examples.append(Example(image=bench.blobs.put(file.getvalue()), caption=caption))
    task = Train(word="zorp", subject=subject, examples=tuple(examples), seed=1)
    return Job(checkpoint="pocket", reply_to="here", task=task)


def test_a_caption_of_a_thing_says_what_is_around_it_and_not_what_it_is(
    a_bench: Callable[..., Bench],
) -> None:
    bench = a_bench()
    seen = examples_of(a_job(bench, BOATS, Subject.OBJECT), bench)
    assert all("boat" not in caption and "red" not in caption for caption in seen.captions)
    assert "over the sea" in seen.captions[0]
    assert "in the snow" in seen.captions[1]
    assert any("boat" in name for name in seen.names)


def test_a_caption_for_a_style_says_what_is_drawn_in_it(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    seen = examples_of(a_job(bench, STRANGERS, Subject.STYLE), bench)
    assert "a red" in seen.captions[0]
    assert "a yellow" in seen.captions[2]
    assert "in the snow" in seen.captions[1]


def test_what_the_member_says_of_a_picture_counts(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    seen = examples_of(a_job(bench, BOATS, Subject.OBJECT, "on a lake", ""), bench)
    assert seen.captions[:2] == ("on a lake", "")
    assert seen.captions[2]


def test_pictures_with_nothing_in_common_are_a_sentence(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    with pytest.raises(JobFailed, match="have in common"):
        examples_of(a_job(bench, STRANGERS, Subject.OBJECT), bench)


@pytest.mark.parametrize("what", OBJECTS, ids=str)
def test_something_that_no_model_knows_is_in_common_all_the_same(
    a_bench: Callable[..., Bench], what: object
) -> None:
    bench = a_bench()
    examples = []
    for picture in pictures_of(what, seed=1):  # type: ignore[arg-type]
        picture.save(file := io.BytesIO(), "PNG")
        examples.append(Example(image=bench.blobs.put(file.getvalue())))
    task = Train(word="zorp", examples=tuple(examples), seed=1)
    job = Job(checkpoint="pocket", reply_to="here", task=task)
    seen = examples_of(job, bench)
    assert len(seen.pictures) == 5
    assert not [name for name in seen.names if judge_prompt(name, "", job.policy).blocked]


def test_what_was_drawn_may_be_called_what_it_looks_like(a_bench: Callable[..., Bench]) -> None:
    stars = ("a pink star", "a purple star")
    names = names_for(pictures_of(Object("square", "magenta"), seed=1), stars, a_bench())
    assert tuple(names[:2]) == stars
    assert any("square" in name for name in names[2:])
    assert len(set(names)) == len(names)


def test_a_square_is_cut_around_what_is_found_and_stays_in_the_picture() -> None:
    picture = Image.new("RGB", (200, 100), "white")
    picture.paste("red", (150, 40, 170, 60))
    square, mask = square_around(picture, ["a red box"], Found())  # type: ignore[arg-type]
    assert square.size == mask.size == (44, 44)
    assert (mask.getpixel((22, 22)), mask.getpixel((2, 2))) == (255, 0)
    assert square.getpixel((22, 22)) == (255, 0, 0)
    assert square.getpixel((2, 2)) == (255, 255, 255)
    square, mask = square_around(picture, ["a red box"], None)
    assert square.size == (100, 100)
    assert mask.getextrema() == (255, 255)


def test_pictures_that_hardly_differ_are_one() -> None:
    first, second, third = (Image.new("L", (50, 50), grey).convert("RGB") for grey in (10, 100, 200))
    refuse_repeated([first, second, third, first])
    with pytest.raises(JobFailed, match="at least 3 that differ"):
        refuse_repeated([first, second, second.resize((30, 30))])
