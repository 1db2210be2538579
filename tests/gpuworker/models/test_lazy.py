"""A model is loaded when it is first needed, and then once for everybody."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.lazy import LazyModel, lazy_aesthetics, lazy_figures, lazy_masks, lazy_upscaler
from gpuworker.registry import Entry
from storage.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_many_threads_load_it_once_and_nobody_before_it_is_needed(settings: Settings) -> None:
    loads: list[str] = []

    def load(entry: Entry) -> object:
        loads.append(entry.name)
        time.sleep(0.1)
        return object()

    model, got = LazyModel("upscaler", settings, load), list[object]()
    assert (model.name, loads) == ("pocket-x4", [])
    threads = [threading.Thread(target=lambda: got.append(model.get())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["pocket-x4"]
    assert len(got) == 4
    assert len(set(map(id, got))) == 1


def test_after_a_failure_the_next_call_tries_again(settings: Settings) -> None:
    tries: list[int] = []

    def load(entry: Entry) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise CheckpointError("m.safetensors is missing: download it again.")
        return "loaded"

    model = LazyModel("masks", settings, load)
    with pytest.raises(CheckpointError, match="download it again"):
        model.get()
    assert (model.get(), model.get(), len(tries)) == ("loaded", "loaded", 2)


@pytest.mark.parametrize(
    ("name", "fault"),
    [("nobody", "No model is called 'nobody'"), ("nudenet", "nudenet, which is of kind nudity")],
)
def test_a_wrong_name_is_the_same_error_as_a_wrong_file(tmp_path: Path, name: str, fault: str) -> None:
    model = LazyModel("figures", Settings(home=tmp_path, figures=name), lambda entry: None)
    with pytest.raises(CheckpointError, match=fault):
        model.get()


def test_what_ships_is_there_by_default(settings: Settings) -> None:
    assert lazy_aesthetics(settings) is None
    assert "hand" in lazy_figures(settings, "cpu").get().names
    assert lazy_masks(settings, "cpu").get().model.config.model_type == "clipseg"
    upscaler = lazy_upscaler(settings, "cpu").get()
    assert (upscaler.name, upscaler.model.scale, len(upscaler.hash)) == ("pocket-x4", 4, 64)
