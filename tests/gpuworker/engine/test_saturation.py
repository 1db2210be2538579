"""Passes are as large as is good for those who wait, on the card that there is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gpuworker.checkpoints.memory import Memory
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine import saturation
from gpuworker.engine.engine import Engine
from gpuworker.engine.saturation import Saturation, best_rows, mean_wait
from tests.gpuworker.engine.support import drain, plain
from tests.gpuworker.pretended_gpu import pretended_gpu


def test_a_card_that_is_full_at_once_gets_one_picture_at_a_time() -> None:
    assert best_rows(lambda rows: 0.1 * rows, 48) == 2


def test_a_card_that_is_never_full_gets_all() -> None:
    assert best_rows(lambda rows: 0.1, 48) == 32


def test_a_card_is_filled_and_no_more() -> None:
    """As SDXL does: four rows are a fifth cheaper each than two, and more gain nothing."""
    asked: list[int] = []

    def seconds(rows: int) -> float:
        asked.append(rows)
        return {2: 1.0, 4: 1.6}.get(rows, 0.4 * rows)

    assert best_rows(seconds, 48) == 4
    assert asked == [2, 4, 8], "once it is worse, more is not tried"


def test_what_does_not_fit_is_not_taken() -> None:
    def seconds(rows: int) -> float:
        if rows > 8:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return 0.1

    assert best_rows(seconds, 48) == 8
    assert best_rows(lambda rows: 0.1, 6) == 4
    assert best_rows(lambda rows: 0.1, 1) == 1


def test_the_wait_counts_the_groups_before_ones_own() -> None:
    assert mean_wait(2, 1.0) == 8.5, "one picture after another: from the first step to the sixteenth"
    assert mean_wait(32, 3.0) == 3.0, "all at once"
    assert mean_wait(64, 3.0) == 3.0


def test_a_cpu_keeps_its_own_number(checkpoints: CheckpointStore) -> None:
    assert Saturation().rows(checkpoints.get("tiny"), 64, 48) == 48


def test_a_gpu_is_measured_once_for_each_checkpoint_and_the_engine_keeps_to_it(
    checkpoints_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []

    def seconds(of: object, rows: int) -> float:
        measured.append(rows)
        return {2: 1.0, 4: 1.2}.get(rows, 1.0 * rows)

    passes: list[int] = []
    with pretended_gpu():
        store = CheckpointStore(checkpoints_folder, "cuda", Memory(10**9))
        model = store.get("tiny").model
        denoise = model.denoise

        def counted(latents: torch.Tensor, *rows: torch.Tensor) -> torch.Tensor:
            passes.append(len(latents))
            return denoise(latents, *rows)

        monkeypatch.setattr(saturation, "_seconds", seconds)
        engine = Engine(store)
        futures = [engine.submit(plain(seed=seed, steps=1)) for seed in range(5)]
        object.__setattr__(model, "denoise", counted)
        drain(engine)
        futures.append(engine.submit(plain(width=128, steps=1)))
        drain(engine)
        assert all(future.result(0) for future in futures)
    assert measured == [2, 4, 8]
    assert [rows for rows in passes if rows > 1] == [4, 4, 2, 2]


def test_a_real_pass_is_timed(checkpoints_folder: Path) -> None:
    with pretended_gpu():
        store = CheckpointStore(checkpoints_folder, "cuda", Memory(10**9))
        assert saturation._seconds(store.get("tiny"), 2) > 0
