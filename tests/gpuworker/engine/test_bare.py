"""The floor under the engine's steps: what it is of, and that the engine counts it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from prometheus_client import REGISTRY

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.bare import BarePasses
from gpuworker.engine.engine import Engine
from tests.gpuworker.engine.support import drain, plain


class Clock:
    """Tells the time that it is set to; what a mark is of is known once `done`."""

    def __init__(self) -> None:
        self.now, self.done = 0.0, True

    def mark(self) -> Any:
        return self.now

    def seconds(self, began: Any, ended: Any) -> float | None:
        return float(ended - began) if self.done else None


def rows(number: int, side: int = 8) -> torch.Tensor:
    return torch.zeros(number, 4, side, side)


class Told:
    """The passes of a checkpoint on a clock, and what is counted of them."""

    def __init__(self) -> None:
        self.clock, self.seconds = Clock(), list[float]()
        self.passes = BarePasses(torch.device("cpu"), self.clock)  # type: ignore[arg-type]

    def ran(self, latents: torch.Tensor, seconds: float, network: str = "unet", name: str = "tiny") -> None:
        with self.passes.timed(name, network, latents):
            self.clock.now += seconds
        self.passes.count(lambda _, floor: self.seconds.append(floor))


def test_the_floor_is_the_work_at_the_best_size_seen_so_far() -> None:
    told = Told()
    told.ran(rows(2), 2.0)
    told.ran(rows(8), 4.0)
    told.ran(rows(2), 2.0)
    told.ran(rows(8), 6.0)
    assert told.seconds == [2.0, 4.0, 1.0, 4.0]


def test_networks_sizes_and_checkpoints_have_floors_of_their_own() -> None:
    told = Told()
    told.ran(rows(1), 0.1)
    told.ran(rows(1), 3.0, network="decoder")
    told.ran(rows(1, side=16), 3.0)
    told.ran(rows(1), 3.0, name="another")
    assert told.seconds == pytest.approx([0.1, 3.0, 3.0, 3.0])


def test_a_pass_that_fails_tells_nothing() -> None:
    told = Told()
    with pytest.raises(torch.OutOfMemoryError), told.passes.timed("tiny", "unet", rows(99)):
        raise torch.OutOfMemoryError
    told.ran(rows(1), 2.0)
    assert told.seconds == [2.0]


def test_a_pass_that_a_gpu_is_not_done_with_is_counted_later() -> None:
    told = Told()
    told.clock.done = False
    told.ran(rows(1), 2.0)
    told.ran(rows(1), 1.0)
    assert told.seconds == []
    told.clock.done = True
    told.passes.count(lambda _, floor: told.seconds.append(floor))
    assert told.seconds == [2.0, 1.0]


def test_the_engine_counts_its_floor_below_its_steps(checkpoints: CheckpointStore) -> None:
    def value(name: str) -> float:
        return REGISTRY.get_sample_value(name, {"checkpoint": "tiny"}) or 0.0

    floor, steps = value("darkroom_floor_seconds_total"), value("darkroom_step_seconds_sum")
    engine = Engine(checkpoints)
    for seed in range(3):
        engine.submit(plain(seed=seed))
    drain(engine)
    floor, steps = value("darkroom_floor_seconds_total") - floor, value("darkroom_step_seconds_sum") - steps
    assert 0 < floor < steps
