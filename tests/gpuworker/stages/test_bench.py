"""What a job is told when a model of the worker cannot be loaded."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.stages.bench import JobFailed, clip_of, figures_of
from tests.gpuworker.fake_farm import bench_of


class Broken:
    """A model whose file is cut off."""

    @property
    def clip(self) -> Any:
        raise CheckpointError("/secret/clip.safetensors is cut off")

    def get(self) -> Any:
        return self.clip


def test_what_cannot_be_done_is_said_and_no_path_of_the_worker(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, words=Broken(), figures=Broken())
    with pytest.raises(JobFailed) as described:
        clip_of(bench, "described")
    assert str(described.value).startswith("Pictures cannot be described on this worker right now")
    with pytest.raises(JobFailed) as sought:
        figures_of(bench, "Faces")
    assert str(sought.value).startswith("Faces cannot be found on this worker right now")
    assert "secret" not in str(described.value) + str(sought.value)


def test_models_that_are_there_are_given(tmp_path: Path) -> None:
    clip, figures = object(), object()
    words = SimpleNamespace(clip=clip)
    bench = bench_of(tmp_path, words=words, figures=SimpleNamespace(get=lambda: figures))
    assert clip_of(bench, "described") is clip
    assert figures_of(bench, "Faces") is figures
