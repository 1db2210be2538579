"""A word that is carried over: drawn in the scenes of before, and compared with what it drew there."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from gpuworker.stages.bench import Bench
from gpuworker.stages.carry_over import alike
from gpuworker.stages.train import train
from moderation.policy import NSFW
from storage.carry_over import Before, Drawn
from tests.benchmarks.subjects import OBJECTS, pictures_of

# The fixtures of that file make a bench whose trainings are quick.
from tests.gpuworker.stages.test_train import a_bench, a_training, engine, few_names

__all__ = ["a_bench", "engine", "few_names"]


def test_the_same_thing_elsewhere_is_more_alike_than_another(a_bench: Callable[..., Bench]) -> None:
    bench, (star, house) = a_bench(), (OBJECTS[0], OBJECTS[3])
    wanted = pictures_of(star, seed=1)
    same, other = (alike(bench, wanted, pictures_of(each, seed=2)) for each in (star, house))
    assert 0 <= other < 0.5 * same <= 1


@pytest.mark.slow
def test_a_word_is_drawn_in_the_scenes_of_before(a_bench: Callable[..., Bench]) -> None:
    bench, before = a_bench(), list[Drawn]()
    for place, around in zip(pictures_of(OBJECTS[0], seed=3)[:2], ("in the snow", "at night"), strict=True):
        place.save(file := io.BytesIO(), "PNG")
        before.append(Drawn(image=bench.blobs.put(file.getvalue()), prompt=f"a zorp {around}"))
    task = a_training(bench, policy=NSFW, steps=1, before=Before(checkpoint="old", drawn=tuple(before)))
    pictures, trained = train(task, bench)
    assert [picture.recipe.prompt for picture in pictures] == ["a zorp in the snow", "a zorp at night"]
    assert trained.likeness is not None
    assert trained.likeness.after < trained.likeness.before, "a checkpoint of noise draws no star"


@pytest.mark.slow
def test_a_new_word_is_compared_with_nothing(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    assert train(a_training(bench, steps=1), bench)[1].likeness is None
