"""Whoever shares the batch, the picture is the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.request import Request, Start
from storage.noise import Noise, Variation
from storage.samplers import Sampler
from tests.gpuworker.engine.support import (
    difference,
    drain,
    plain,
    render_alone,
    render_stock,
    render_together,
)

PICTURE = Image.linear_gradient("L").convert("RGB")
MASK = Image.radial_gradient("L")

seeds = st.integers(0, 2**32 - 1)
variations = st.builds(Variation, seed=seeds, strength=st.floats(0.01, 1))


def request_of(width: int, strength: float | None, masked: bool, **settings: Any) -> Request:
    start = None
    if strength is not None:
        size = (width, 64)
        start = Start(PICTURE.resize(size), strength, MASK.resize(size) if masked else None)
    return Request(width=width, height=64, start=start, **settings)


requests = st.builds(
    request_of,
    checkpoint=st.sampled_from(["tiny", "tiny-v"]),
    prompt=st.text(st.characters(exclude_characters="<"), min_size=1, max_size=100)
    | st.sampled_from(["a (b:1.3) c", "a [b|c]", "[a:b:0.5]" + "c" * 80, "a AND b BREAK c :0.5"]),
    negative_prompt=st.sampled_from(["", "blurry", "(a:0.5) [b::0.3]"]),
    width=st.sampled_from([64, 64, 72]),
    strength=st.none() | st.floats(0.01, 1),
    masked=st.booleans(),
    steps=st.integers(1, 8),
    sampler=st.sampled_from(Sampler),
    guidance_scale=st.sampled_from([1.0, 2.5, 7.5]),
    noise=st.builds(Noise, seed=seeds, variations=st.lists(variations, max_size=2).map(tuple)),
)


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(mix=st.lists(requests, min_size=2, max_size=6))
def test_pictures_of_any_mix_are_those_rendered_alone(
    checkpoints: CheckpointStore, mix: list[Request]
) -> None:
    for request, together in zip(mix, render_together(checkpoints, mix), strict=True):
        assert difference(together, render_alone(checkpoints, request)) <= 1


@pytest.mark.parametrize("checkpoint", ["tiny", "tiny-v"])
@pytest.mark.parametrize("guidance_scale", [1.0, 5.0])
def test_every_sampler_in_one_batch_draws_what_the_stock_pipeline_draws(
    checkpoints: CheckpointStore, checkpoint: str, guidance_scale: float
) -> None:
    mix = [
        plain(
            checkpoint=checkpoint,
            sampler=sampler,
            seed=7 + i,
            steps=5 + i,
            prompt=f"scene {i}",
            negative_prompt="blurry",
            guidance_scale=guidance_scale,
        )
        for i, sampler in enumerate(Sampler)
    ]
    for request, picture in zip(mix, render_together(checkpoints, mix), strict=True):
        stock = render_stock(checkpoints.get(checkpoint), request)
        assert difference(picture, stock) <= 1, request.sampler


@pytest.mark.parametrize("sampler", Sampler)
@pytest.mark.parametrize("steps", [1, 2, 60])
def test_the_fewest_and_many_steps_work(checkpoints: CheckpointStore, sampler: Sampler, steps: int) -> None:
    seen: list[int] = []
    request = plain(sampler=sampler, steps=steps, on_step=lambda done: seen.append(done.step))
    render_alone(checkpoints, request)
    assert seen == list(range(1, steps + 1))


def test_what_differs_between_batch_mates_shows(checkpoints: CheckpointStore) -> None:
    """Else a mixed-up row could go unseen."""
    first = render_alone(checkpoints, plain())
    changes: list[dict[str, Any]] = [
        {"prompt": "blue"},
        {"negative_prompt": "blurry"},
        {"guidance_scale": 1.0},
        {"seed": 2},
    ]
    for change in changes:
        assert difference(first, render_alone(checkpoints, plain(**change))) > 20, change


def test_requests_join_and_leave_at_any_step(checkpoints: CheckpointStore) -> None:
    mix = [plain(seed=i, steps=3 + 2 * i, sampler=sampler) for i, sampler in enumerate(Sampler)]
    engine = Engine(checkpoints)
    futures = []
    for request in mix:
        futures.append(engine.submit(request))
        engine.step()
        engine.step()
    left = engine.submit(plain(seed=99, steps=20))
    engine.step()
    left.cancel()
    drain(engine)
    for request, future in zip(mix, futures, strict=True):
        assert difference(future.result(0), render_alone(checkpoints, request)) <= 1
