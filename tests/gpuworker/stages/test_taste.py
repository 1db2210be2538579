"""What is told of pictures that members choose among, and how taste joins their ranking."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch
from PIL import Image

from gpuworker.models.words import Words
from gpuworker.stages.ranking import Judges, best_first
from gpuworker.stages.review import Made, judged
from gpuworker.stages.taste import seer, taste_in, told, with_looks
from moderation.pictures import Detector
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing
from storage.clip_vector import ClipVector
from storage.jobs import Sampling
from storage.noise import Noise
from storage.recipe import Recipe
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import FakeDetector, bench_of

COLOURS = ("red", "blue", "green", "yellow")
HOUSES = [
    Image.fromarray(draw(Scene("snow", (Thing("house", colour, "centre", "big"),)), 1).pixels)
    for colour in COLOURS
]


def made() -> list[Made]:
    sampling = imagined(a_job()).model_dump(include=set(Sampling.model_fields))
    recipe = Recipe(**sampling, checkpoint="pocket", checkpoint_hash="ab", noise=Noise(seed=1))
    return [judged(image, recipe, a_job(), cast(Detector, FakeDetector())) for image in HOUSES]


def test_several_pictures_come_with_what_clip_sees_where_the_job_learns(words: Words, tmp_path: Path) -> None:
    bench, job = bench_of(tmp_path, words=words), a_job()
    assert all(each.picture.look is None for each in with_looks(made(), job, bench))
    learns = job.model_copy(update={"learns": True})
    looks = [each.picture.look for each in with_looks(made(), learns, bench)]
    assert all(look is not None and look.clip == seer(words) for look in looks)
    assert len(set(looks)) == len(HOUSES)
    (alone,) = with_looks(made()[:1], learns, bench)
    assert alone.picture.look is None, "nobody chooses among one"


def test_the_best_is_what_somebody_who_likes_blue_would_choose(words: Words) -> None:
    seen = told(words.clip.pictures(HOUSES), words)
    likes_blue = 10 * (seen[1] - seen.mean(0))
    job = a_job().model_copy(update={"taste": ClipVector.of(seer(words), likes_blue.numpy())})
    pictures = made()
    judges = Judges(words.clip, None, None, taste_in(job, words))
    ranked = best_first(pictures, "a house in the snow", 20, judges)
    assert ranked[0].image is pictures[1].image
    scores = [each.picture.scores for each in ranked]
    assert all(each is not None and each.taste is not None for each in scores)
    assert abs(sum(each.taste or 0 for each in scores if each)) < 1e-3


def test_what_clip_sees_is_told_in_its_phrases(words: Words) -> None:
    seen = told(words.clip.pictures(HOUSES), words)
    (colours,) = (place for place, group in enumerate(words.groups) if group.name == "colours")
    before = sum(len(group.phrases) for group in words.groups[:colours])
    phrases = words.groups[colours].phrases
    shares = seen[:, before : before + len(phrases)]
    assert torch.allclose(shares.sum(1), torch.ones(len(HOUSES)), atol=1e-4)
    for colour, share in zip(COLOURS, shares, strict=True):
        assert colour in phrases[int(share.argmax())]


def test_a_taste_for_what_another_clip_sees_has_no_say(words: Words) -> None:
    taste = ClipVector.of("clip-vit-l-14", torch.ones(4).numpy())
    assert taste_in(a_job().model_copy(update={"taste": taste}), words) is None
    assert taste_in(a_job(), words) is None
