"""Several pictures as one start, and the words that are found for them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from gpuworker.models.words import Words
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.blend import source, worded
from moderation.policy import SFW
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing
from storage.jobs import Imagine, Job
from storage.starts import Blend
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import FakeDetector, bench_of

STAR = Image.fromarray(draw(Scene("forest", (Thing("star", "yellow", "left", "medium"),)), 1).pixels)
CIRCLE = Image.fromarray(draw(Scene("desert", (Thing("circle", "purple", "right", "medium"),)), 1).pixels)


def blending(bench: Bench, *pictures: Image.Image, prompt: str = "") -> tuple[Imagine, Job]:
    blobs = []
    for picture in pictures:
        picture.save(file := io.BytesIO(), "PNG")
        blobs.append(bench.blobs.put(file.getvalue()))
    job = a_job()
    start = Blend(image=blobs[0], others=tuple(blobs[1:]))
    changed = {"start": start, "prompt": prompt, "width": 64, "height": 96}
    task = Imagine.model_validate(imagined(job).model_dump() | changed)
    return task, job.model_copy(update={"task": task, "policy": SFW})


def test_words_are_found_for_each_picture(words: Words, tmp_path: Path) -> None:
    bench = bench_of(tmp_path, words=words)
    task, job = blending(bench, STAR, CIRCLE)
    of_star, of_circle = worded(task, job, bench).prompt.split(" and ")
    assert of_star.startswith("a yellow star")
    assert "in the forest" in of_star
    assert of_circle.startswith("a purple circle")
    assert "in the desert" in of_circle


def test_typed_words_stand(words: Words, tmp_path: Path) -> None:
    bench = bench_of(tmp_path, words=words)
    task, job = blending(bench, STAR, CIRCLE, prompt="a green house")
    assert worded(task, job, bench) is task


def test_a_picture_that_the_policy_lets_nobody_see_has_no_words(words: Words, tmp_path: Path) -> None:
    bench = bench_of(tmp_path, words=words, detector=FakeDetector(77))
    task, job = blending(bench, STAR, Image.new("RGB", (64, 64), (77, 0, 0)))
    with pytest.raises(JobFailed, match="nothing is held against you"):
        worded(task, job, bench)


def test_all_pictures_are_cut_to_the_shape_of_the_task(words: Words, tmp_path: Path) -> None:
    bench = bench_of(tmp_path, words=words)
    task, _ = blending(bench, STAR, CIRCLE, CIRCLE.resize((300, 40)))
    assert isinstance(task.start, Blend)
    made = source(STAR, task.start, task, bench)
    assert made.picture is not None
    assert [each.size for each in (made.picture, *made.others)] == [(64, 96)] * 3
