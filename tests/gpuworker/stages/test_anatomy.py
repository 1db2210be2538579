"""People who came out wrong are discarded before anyone sees them, and made again."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gpuworker.models.yolo import Found
from gpuworker.stages.anatomy import FEWEST_STEPS
from gpuworker.stages.bench import Bench
from gpuworker.stages.imagine import imagine
from moderation.policy import Anatomy, Policy
from pocket.detectors.truth import LABELS
from storage.events import Picture, Progress
from storage.jobs import Job
from storage.recipe import Recipe
from storage.starts import Whole
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import FakeEngine, bench_of

STEP = 1_000_003


class FigureOf:
    """A detector of figures that sees somebody with a third arm in pictures of the seeds that it is given."""

    def __init__(self, *wrong_seeds: int, names: Sequence[str] = LABELS) -> None:
        self.wrong_seeds, self.names = wrong_seeds, names

    def find(self, pictures: Sequence[Image.Image], score: float, overlap: float) -> list[list[Found]]:
        return [self._seen(np.asarray(picture)[..., 0]) for picture in pictures]

    def _seen(self, red: Any) -> list[Found]:
        whole = {"figure": (40, 20, 90, 120), "head": (55, 22, 75, 45), "face": (55, 25, 75, 44)}
        left, right, wrong = (40, 50, 50, 80), (80, 50, 90, 80), (84, 40, 96, 60)
        parts = [*whole.items(), ("arm", left), ("arm", right), ("hand", left), ("hand", right)]
        parts += [("leg", (50, 85, 60, 120)), ("leg", (65, 85, 75, 120))]
        inside = red[wrong[1] : wrong[3], wrong[0] : wrong[2]]
        if inside.size and inside.flat[0] in self.wrong_seeds:
            parts.append(("arm", wrong))
        own = [(label, box) for label, box in parts if label in self.names]
        return [Found(label, 0.9, tuple(map(float, box))) for label, box in own]  # type: ignore[arg-type]


def figures_of(
    *wrong_seeds: int, name: str = "pocket-figures", names: Sequence[str] = LABELS
) -> SimpleNamespace:
    return SimpleNamespace(name=name, get=lambda: FigureOf(*wrong_seeds, names=names))


@pytest.fixture
def a_bench(tmp_path: Path, told: list[Progress]) -> Callable[..., Bench]:
    return partial(bench_of, tmp_path, engine=FakeEngine(), tell=told.append)


def seed_of(picture: Picture) -> int:
    assert isinstance(picture.recipe, Recipe)
    return picture.recipe.noise.seed


def wanting(job: Job, **fields: Any) -> Job:
    return job.model_copy(update={"task": imagined(job).model_copy(update=fields)})


def of_somebody(checkpoint: str = "pocket", pictures: int = 1, steps: int = FEWEST_STEPS) -> Job:
    return wanting(a_job(checkpoint, pictures, steps), prompt="a woman over the sea")


def test_who_has_three_arms_is_discarded_and_made_again_with_another_seed(
    a_bench: Callable[..., Bench], told: list[Progress]
) -> None:
    engine = FakeEngine()
    bench = a_bench(engine=engine, figures=figures_of(1))
    pictures = imagine(of_somebody(pictures=3, steps=40), bench)
    assert [seed_of(picture) for picture in pictures] == [0, 1 + STEP, 2]
    assert all(picture.blob and not picture.verdict.blocked for picture in pictures)
    assert len(engine.rendered) == 4, "only that one"
    assert {request.negative_prompt for request in engine.rendered} == {""}, "nobody is steered from nudity"
    assert {progress.again for progress in told} == {False, True}


def test_what_was_discarded_is_remembered_with_what_was_wrong(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench(figures=figures_of(1))
    right, again = imagine(of_somebody(pictures=2), bench)
    assert right.discarded == ()
    (discarded,) = again.discarded
    (goof,) = discarded.goofs
    assert (goof.part, goof.counted, goof.expected, goof.severe) == ("arm", 3, 2, True)
    assert (84, 40, 96, 60) in goof.boxes
    assert discarded.size == (128, 128)
    assert isinstance(discarded.recipe, Recipe)
    assert discarded.recipe.noise.seed == 1
    assert bench.blobs.get(discarded.blob)


def test_what_stays_wrong_is_kept_back_and_blamed_on_nobody(a_bench: Callable[..., Bench]) -> None:
    wrong = [number * STEP % 256 for number in range(3)]
    (picture,) = imagine(of_somebody(), a_bench(figures=figures_of(*wrong)))
    assert picture.blob is None
    assert [reason.rule for reason in picture.verdict.reasons] == ["anatomy"]
    assert len(picture.discarded) == 3


@pytest.mark.parametrize(
    ("task", "policy", "is_discarded"),
    [
        (None, Anatomy.NORMAL, True),
        (None, Anatomy.OFF, False),
        (Anatomy.OFF, Anatomy.STRICT, False),
        (Anatomy.NORMAL, Anatomy.OFF, True),
    ],
)
def test_a_member_may_choose_and_the_channel_decides_for_the_others(
    a_bench: Callable[..., Bench], task: Anatomy | None, policy: Anatomy, is_discarded: bool
) -> None:
    job = wanting(of_somebody(), anatomy=task).model_copy(update={"policy": Policy(anatomy=policy)})
    (picture,) = imagine(job, a_bench(figures=figures_of(0)))
    assert (seed_of(picture) != 0) == is_discarded


def test_arms_that_were_asked_for_are_no_goof(a_bench: Callable[..., Bench]) -> None:
    job = wanting(of_somebody(), prompt="Kali by the sea")
    (picture,) = imagine(job, a_bench(figures=figures_of(0)))
    assert seed_of(picture) == 0
    assert picture.discarded == ()


def test_the_pocket_detector_judges_no_photographs(a_bench: Callable[..., Bench]) -> None:
    class AnyStore:
        def describe(self, name: str) -> SimpleNamespace:
            return SimpleNamespace(hash="ab" * 32)

    job = of_somebody("photographs")
    (picture,) = imagine(job, a_bench(figures=figures_of(0), checkpoints=AnyStore()))
    assert seed_of(picture) == 0
    (picture,) = imagine(job, a_bench(figures=figures_of(0, name="persons"), checkpoints=AnyStore()))
    assert seed_of(picture) == STEP


def test_several_detectors_judge_photographs_together(a_bench: Callable[..., Bench]) -> None:
    class AnyStore:
        def describe(self, name: str) -> SimpleNamespace:
            return SimpleNamespace(hash="ab" * 32)

    together = (
        figures_of(0, name="persons", names=["figure"]),
        figures_of(0, name="limbs", names=["head", "arm", "hand", "leg"]),
    )
    bench = a_bench(figures=figures_of(), counters=together, checkpoints=AnyStore())
    (picture,) = imagine(of_somebody("photographs"), bench)
    assert seed_of(picture) == STEP
    bench = a_bench(figures=figures_of(), counters=together)
    (picture,) = imagine(of_somebody(), bench)
    assert seed_of(picture) == 0, "they do not judge the pocket world"


def test_who_was_in_a_picture_before_is_not_judged(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench(figures=figures_of(0))
    image = bench.blobs.put(_png(Image.new("RGB", (128, 128))))
    (picture,) = imagine(wanting(of_somebody(), start=Whole(image=image, strength=0.5)), bench)
    assert seed_of(picture) == 0


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_a_blur_of_a_few_steps_is_nobody(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench(figures=figures_of(0, STEP % 256))
    (picture,) = imagine(of_somebody(steps=FEWEST_STEPS - 1), bench)
    assert seed_of(picture) == 0


def test_where_nobody_is_asked_for_nobody_is_looked_for(a_bench: Callable[..., Bench]) -> None:
    job = wanting(of_somebody(), prompt="a red circle over the sea")
    (picture,) = imagine(job, a_bench(figures=figures_of(0)))
    assert seed_of(picture) == 0
    assert picture.discarded == ()
