"""Out of memory: the batch shrinks and goes on; a picture too large by itself fails by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import RenderError
from tests.gpuworker.engine.support import difference, drain, failure, plain, render_alone, replaced_forward


def room_for(cells: int, seen: list[int]) -> Callable[..., Any]:
    """A forward that fits rows of so many cells together; the rows of passes that fitted go to `seen`."""

    def forward(original: Callable[..., Any], rows: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if rows[:, 0].numel() > cells:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        seen.append(len(rows))
        return original(rows, *args, **kwargs)

    return forward


@pytest.mark.parametrize("rows", [7, 3, 1])
def test_a_batch_that_does_not_fit_is_split_and_loses_nothing(
    checkpoints: CheckpointStore, rows: int
) -> None:
    engine, seen = Engine(checkpoints), list[int]()
    futures = [engine.submit(plain(seed=i)) for i in range(6)]
    with replaced_forward(checkpoints.get("tiny").model.networks["unet"], room_for(rows * 64, seen)):
        drain(engine)
    assert 1 <= max(seen) <= rows
    assert max(seen) * 2 > rows / 2
    for i, future in enumerate(futures):
        assert difference(future.result(0), render_alone(checkpoints, plain(seed=i))) <= 1


def test_decoding_is_split_too(checkpoints: CheckpointStore) -> None:
    engine, seen = Engine(checkpoints), list[int]()
    futures = [engine.submit(plain(seed=i)) for i in range(4)]
    with replaced_forward(checkpoints.get("tiny").model.networks["vae"].decoder, room_for(2 * 64, seen)):
        drain(engine)
    assert seen == [2, 2]
    assert all(future.result(0) for future in futures)


def test_a_picture_too_large_by_itself_fails_by_itself(checkpoints: CheckpointStore) -> None:
    engine = Engine(checkpoints)
    small, large = engine.submit(plain()), engine.submit(plain(width=512))
    with replaced_forward(checkpoints.get("tiny").model.networks["unet"], room_for(4 * 64, [])):
        drain(engine)
    assert isinstance(failure(large), RenderError)
    assert "512 x 64" in str(failure(large))
    assert "smaller" in str(failure(large))
    assert small.result(0)


def test_the_limit_is_forgotten_when_the_group_is_done(checkpoints: CheckpointStore) -> None:
    engine, seen = Engine(checkpoints), list[int]()
    engine.submit(plain())
    with replaced_forward(checkpoints.get("tiny").model.networks["unet"], room_for(64, [])):
        drain(engine)
    engine.submit(plain())
    with replaced_forward(checkpoints.get("tiny").model.networks["unet"], room_for(2 * 64, seen)):
        drain(engine)
    assert set(seen) == {2}
