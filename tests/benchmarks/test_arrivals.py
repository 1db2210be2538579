"""The queues that the benchmarks play: time passes by work alone, in order, and only equals are merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.request import Request
from storage.noise import Noise
from storage.samplers import Sampler
from tests.benchmarks.arrivals import Arrival, at_once, latencies, merging, one_by_one, play, poisson
from tests.benchmarks.mix import Kind, a_start
from tests.gpuworker.engine.support import plain
from tests.gpuworker.tiny import write_sd1

SHORT, LONG = plain(steps=2), plain(steps=10)


@pytest.fixture
def checkpoints(tmp_path: Path) -> CheckpointStore:
    """A store that has the tiny checkpoint loaded."""
    write_sd1(tmp_path / "tiny")
    store = CheckpointStore(tmp_path, "cpu")
    store.get("tiny")
    return store


def seconds(batch: Sequence[Request]) -> float:
    """One for each step, however many share it."""
    return float(batch[0].steps)


def arriving(*jobs: tuple[float, Request]) -> list[Arrival]:
    return [Arrival(*job) for job in jobs]


def test_one_by_one_everybody_waits_for_all_before() -> None:
    jobs = arriving((0, LONG), (1, SHORT), (2, SHORT))
    assert latencies(jobs, one_by_one, seconds) == [10, 11, 12]


def test_nobody_waits_for_who_came_and_went_before() -> None:
    assert latencies(arriving((5, SHORT), (100, LONG)), one_by_one, seconds) == [2, 10]


def test_equals_that_wait_are_served_with_the_first_of_them() -> None:
    jobs = arriving((0, SHORT), (1, SHORT), (1, LONG), (1.5, SHORT), (3, SHORT))
    # The first is alone; at 2 two of its equals wait, which go before the longer one between them.
    assert latencies(jobs, merging(8), seconds) == [2, 3, 2.5, 13, 13]


def test_a_batch_has_its_limit() -> None:
    assert latencies(at_once([SHORT] * 5), merging(2), seconds) == [2, 2, 4, 4, 6]


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": 3},
        {"sampler": Sampler.DDIM},
        {"guidance_scale": 5.0},
        {"width": 128},
        {"start": a_start(Kind.PICTURE, 0.5, 64)},
        {"start": a_start(Kind.MASK, 1.0, 64)},
    ],
    ids=["steps", "sampler", "guidance", "width", "picture", "mask"],
)
def test_different_settings_are_not_merged(changes: dict[str, object]) -> None:
    different = at_once([SHORT, plain(**{"steps": 2, **changes})])
    assert merging(8)(different) == different[:1]


def test_different_words_and_seeds_are_merged() -> None:
    alike = at_once([SHORT, replace(SHORT, prompt="a blue boat", noise=Noise(seed=5))])
    assert merging(8)(alike) == alike


def test_strengths_are_settings() -> None:
    starts = [a_start(Kind.PICTURE, strength, 64) for strength in (0.5, 0.5, 0.6)]
    waiting = at_once([plain(start=start) for start in starts])
    assert merging(8)(waiting) == waiting[:2]


def test_arrivals_come_in_order_and_as_often_as_asked() -> None:
    moments = [arrival.at for arrival in poisson([SHORT] * 2000, per_second=4, seed=1)]
    assert moments == sorted(moments)
    gaps = [after - before for before, after in zip([0.0, *moments], moments, strict=False)]
    assert mean(gaps) == pytest.approx(0.25, rel=0.1)
    assert mean(gap**2 for gap in gaps) == pytest.approx(2 * 0.25**2, rel=0.2)  # the exponential's


def test_an_engine_jumps_over_idle_time_and_lets_others_in_meanwhile(checkpoints: CheckpointStore) -> None:
    called = []
    jobs = arriving((0, LONG), (0, SHORT), (3600, SHORT))
    played = play(Engine(checkpoints), jobs, [lambda: called.append(1)] * 3, every=100)
    long, short, late = played.latencies
    assert short < long < 60
    assert late < 60
    assert len(played.pictures) == 3
    assert played.steps_per_second == 0  # there was always room
    assert len(called) == 3


def test_an_engine_with_more_than_it_holds_says_how_fast_it_is(checkpoints: CheckpointStore) -> None:
    played = play(Engine(checkpoints, max_rows=4), at_once([SHORT] * 6))
    assert played.steps_per_second > 0
    assert played.latencies == sorted(played.latencies)
