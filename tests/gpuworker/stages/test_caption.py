"""Captions before a training: what a worker says of pictures, and what it leaves as it is."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from gpuworker.models.words import Words
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.caption import caption
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing
from storage.jobs import Job
from storage.training import Caption, Example, Train
from tests.gpuworker.fake_farm import bench_of


def a_job(bench: Bench, *scenes: Scene) -> Job:
    examples = []
    for place, scene in enumerate(scenes):
        Image.fromarray(draw(scene, place).pixels).save(file := io.BytesIO(), "PNG")
        said = "in a dream" if place == 1 else None
        examples.append(Example(image=bench.blobs.put(file.getvalue()), caption=said))
    training = Train(word="zorp", examples=tuple(examples), seed=1)
    return Job(checkpoint="pocket", reply_to="here", task=Caption(training=training))


def test_each_picture_has_a_caption_and_what_its_member_said_stays(words: Words, tmp_path: Path) -> None:
    bench = bench_of(tmp_path, words=words)
    boats = (Scene(where, (Thing("boat", "red", "left", "big"),)) for where in ("sea", "night", "snow"))
    found = caption(a_job(bench, *boats), bench)
    assert len(found.captions) == 3
    assert "over the sea" in found.captions[0]
    assert found.captions[1] == "in a dream"
    assert "in the snow" in found.captions[2]


def test_pictures_of_which_no_word_can_be_made_are_told_at_once(words: Words, tmp_path: Path) -> None:
    bench = bench_of(tmp_path, words=words)
    strangers = (("circle", "red", "sea"), ("house", "blue", "snow"), ("star", "yellow", "forest"))
    scenes = (Scene(where, (Thing(kind, colour, "left", "big"),)) for kind, colour, where in strangers)
    with pytest.raises(JobFailed, match="have in common"):
        caption(a_job(bench, *scenes), bench)
