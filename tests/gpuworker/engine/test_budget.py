"""A worker keeps to the memory it is given, whatever is asked of it, and its pictures stay what they were."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.profiler import ProfilerActivity, profile

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.memory import Memory
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine import scheduler
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import RenderError
from gpuworker.engine.plan import Plan, plan
from gpuworker.engine.request import Request, Start
from gpuworker.engine.rows import RowLimit
from storage.noise import Noise
from tests.gpuworker.engine.support import difference, drain, failure, pixels, plain, render_alone

SMALL = Memory(85_000_000)
"""For the weights of pocket, and half as much again as they take."""
PICTURE = Image.linear_gradient("L").convert("RGB")


def large(seed: int = 1, **changes: object) -> Request:
    """Nine times as many pixels as pocket was made for."""
    asked = plain(checkpoint="pocket", prompt="a red boat over the sea", width=384, height=384, steps=2)
    return replace(asked, noise=Noise(seed=seed), **changes)  # type: ignore[arg-type]


def store_of(memory: Memory | None) -> CheckpointStore:
    """With pocket loaded, and what its passes take known."""
    store = CheckpointStore(Path("nowhere"), "cpu", memory)
    render_alone(store, plain(checkpoint="pocket", steps=1))
    return store


@pytest.fixture(scope="module")
def pocket() -> Checkpoint:
    return store_of(None).get("pocket")


def most_bytes(work: Callable[[], object]) -> int:
    """The most that tensors took at once beyond what they took before, as torch's profiler saw it."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        work()
    assert seen.profiler is not None
    assert seen.profiler.kineto_results is not None
    events = [event for event in seen.profiler.kineto_results.events() if event.name() == "[memory]"]
    return int(np.cumsum([each.nbytes() for each in sorted(events, key=lambda each: each.start_ns())]).max())


def decibels(a: Image.Image, b: Image.Image) -> float:
    """The peak signal-to-noise ratio."""
    return float(10 * np.log10(255**2 / np.mean((pixels(a) - pixels(b)) ** 2)))


@pytest.mark.slow
def test_several_large_pictures_keep_to_a_small_budget_and_look_the_same() -> None:
    taken, pictures = [], []
    for memory in (SMALL, None):
        store = store_of(memory)
        engine = Engine(store)
        futures = [engine.submit(large(seed)) for seed in (1, 2)]
        taken.append(store.get("pocket").bytes + most_bytes(partial(drain, engine)))
        pictures.append([future.result(0) for future in futures])
    assert taken[0] < SMALL.total < taken[1] / 1.5
    for tight, wide in zip(*pictures, strict=True):
        assert decibels(tight, wide) > 40


@pytest.mark.slow
def test_a_picture_to_start_from_is_read_within_the_budget() -> None:
    store = store_of(SMALL)
    engine = Engine(store)
    future = engine.submit(large(steps=1, start=Start(PICTURE.resize((384, 384)), 1.0)))
    assert store.get("pocket").bytes + most_bytes(partial(drain, engine)) < SMALL.total
    assert future.result(0)


def test_mates_change_nothing_in_a_small_budget() -> None:
    store = store_of(Memory(65_000_000))
    assert plan(store.get("pocket"), store.memory, 288, 288, 32).tile is not None
    asked = large(steps=1, width=288, height=288)
    engine = Engine(store)
    future = engine.submit(asked)
    for mate in (replace(asked, steps=2, noise=Noise(seed=2)), plain(checkpoint="pocket")):
        engine.submit(mate)
    drain(engine)
    assert difference(future.result(0), render_alone(store, asked)) <= 1


def test_attention_in_slices_keeps_to_the_budget() -> None:
    """On a device without kernels that need no slices."""
    taken = []
    with sdpa_kernel(SDPBackend.MATH):
        for memory in (Memory(100_000_000), None):
            store = store_of(memory)
            engine = Engine(store)
            engine.submit(large(width=512, height=512))
            taken.append(most_bytes(engine.step))
            room = Memory(100_000_000).room(store.get("pocket").bytes)
    assert taken[0] < room < taken[1] / 1.5


def test_attention_in_slices_draws_what_whole_attention_does(monkeypatch: pytest.MonkeyPatch) -> None:
    store, pictures, taken = store_of(None), [], []
    for scores in (None, 100_000):
        planned = Plan(RowLimit(2), RowLimit(1), scores)
        monkeypatch.setattr(scheduler, "plan", lambda *_, planned=planned: planned)
        engine = Engine(store)
        future = engine.submit(large(width=448, height=448, guidance_scale=1.0))
        with sdpa_kernel(SDPBackend.MATH):
            taken.append(most_bytes(engine.step))
        drain(engine)
        pictures.append(future.result(0))
    assert taken[1] < taken[0] / 1.3, "it was sliced"
    assert difference(*pictures) <= 1


def test_a_size_that_cannot_fit_is_refused_before_it_starts_and_harms_nobody() -> None:
    told: list[int] = []
    engine = Engine(store_of(SMALL))
    small = engine.submit(plain(checkpoint="pocket"))
    huge = engine.submit(large(width=2048, height=1024, on_step=lambda done: told.append(done.step)))
    drain(engine)
    assert isinstance(failure(huge), RenderError)
    needs = r"2048x1024 needs about 49\d\.\d MB with pocket, and this worker has 85\.0 MB"
    assert re.fullmatch(needs + r": ask for at most 832x384\.", str(failure(huge)))
    assert told == []
    assert small.result(0)
