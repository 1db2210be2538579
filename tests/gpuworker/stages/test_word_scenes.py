"""What the pictures are of that show a trained word."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gpuworker.models.words import Words
from gpuworker.stages.examples import Seen
from gpuworker.stages.word_scenes import scenes_of
from storage.jobs import Job
from storage.training import Example, Subject, Train
from tests.gpuworker.fake_farm import bench_of


@pytest.mark.parametrize(
    ("subject", "begins"),
    [(Subject.OBJECT, "a zorp "), (Subject.CHARACTER, "zorp "), (Subject.STYLE, "")],
)
def test_scenes_are_others_than_those_that_were_seen(
    words: Words, tmp_path: Path, subject: Subject, begins: str
) -> None:
    examples = tuple(Example(image="ab" * 32) for _ in range(3))
    job = Job(
        checkpoint="tiny",
        reply_to="here",
        task=Train(word="zorp", subject=subject, examples=examples, seed=1),
    )
    pictures = tuple(Image.new("RGB", (8, 8)) for _ in range(3))
    seen = Seen(pictures, ("in the snow", "at night", ""), ("a red boat",))
    scenes = scenes_of(job, bench_of(tmp_path, words=words), seen, "a red boat")
    assert len(set(scenes)) == 4
    assert all(each.startswith(begins) and "zorp" in each for each in scenes)
    assert not any("in the snow" in each or "at night" in each for each in scenes)
