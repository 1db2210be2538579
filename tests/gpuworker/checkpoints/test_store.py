"""As many checkpoints stay loaded as fit, and those in use stay whatever comes."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from gpuworker.adapters.read import Adapter
from gpuworker.checkpoints import store as store_module
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.known import KnownWeights
from gpuworker.checkpoints.load import load
from gpuworker.checkpoints.memory import Memory
from gpuworker.checkpoints.store import CheckpointStore
from tests.gpuworker.counting_store import Counting, write_three
from tests.gpuworker.fake_farm import until


@pytest.fixture(scope="module")
def folder(checkpoints_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three checkpoints of one size."""
    return write_three(checkpoints_folder / "tiny", tmp_path_factory.mktemp("three"))


def test_the_least_recently_used_makes_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Counting(folder, 2, monkeypatch)
    for name in ("red", "green", "red", "blue", "red", "green"):
        assert store.get(name).name == name
    assert store.loads == ["red", "green", "blue", "green"]


def test_what_is_held_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Counting(folder, 2, monkeypatch)
    store.get("red")
    held = store.hold("red")
    store.get("green")
    store.get("blue")
    assert store.get("red") is held
    assert not store.is_loaded("green")
    store.hold("blue")
    assert store.begin("green") is None
    store.release("red")
    loading = store.begin("green")
    assert loading is not None
    assert loading.result(30).name == "green"
    assert not store.is_loaded("red")
    assert store.is_loaded("blue")


def test_one_whose_weights_do_not_fit_is_refused(folder: Path) -> None:
    store = CheckpointStore(folder, "cpu", Memory(100_000))
    with pytest.raises(
        CheckpointError, match=r"weights of red take 1\.3 MB, and this worker may take 100\.0 KB"
    ):
        store.get("red")
    with pytest.raises(CheckpointError, match="serve a smaller checkpoint"):
        store.describe("red")


def test_out_of_memory_drops_the_idle_and_tries_once_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Counting(folder, 3, monkeypatch)
    store.get("red")
    store.get("blue")
    store.hold("blue")

    def only_without_red(name: str, folder: Path, device: torch.device, *rest: Any) -> Checkpoint:
        if store.is_loaded("red") or name == "huge":
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return load(name, folder, device, *rest)

    monkeypatch.setattr(store_module, "load", only_without_red)
    assert store.get("green").name == "green"
    assert (store.is_loaded("red"), store.is_loaded("blue")) == (False, True)
    with pytest.raises(CheckpointError, match="huge does not fit the memory"):
        store.get("huge")
    assert store.is_loaded("blue")


def test_many_threads_load_a_checkpoint_once(checkpoints_folder: Path) -> None:
    store = CheckpointStore(checkpoints_folder, "cpu")
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(store.get("tiny"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, got))) == 1
    assert len(got) == 4


def test_a_checkpoint_has_had_its_turn_when_loading_it_was_worth_while(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Counting(folder, 2, monkeypatch, seconds=0.2)
    assert store.had_its_turn("red"), "nobody waits for what is not there"
    began = time.monotonic()
    store.get("red")
    took = time.monotonic() - began
    assert not store.had_its_turn("red")
    monkeypatch.setattr(store_module, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 2 * took))
    assert not store.had_its_turn("red")
    monkeypatch.setattr(store_module, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 7 * took))
    assert store.had_its_turn("red")


def test_what_is_being_loaded_is_known_and_so_is_what_waits_for_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Counting(folder, 2, monkeypatch, seconds=0.5)
    assert store.loading == set()
    futures = [store.begin("red"), store.begin("blue")]
    until(lambda: store.loading == {"red", "blue"})
    assert [future.result(30).name for future in futures if future] == ["red", "blue"]
    until(lambda: store.loading == set())
    failing = store.begin("nowhere")
    assert failing is not None
    with pytest.raises(CheckpointError):
        failing.result(30)
    until(lambda: store.loading == set())


def test_an_error_of_loading_reaches_whoever_began_it(folder: Path) -> None:
    store = CheckpointStore(folder, "cpu")
    loading = store.begin("nowhere")
    assert loading is not None
    with pytest.raises(CheckpointError, match="no checkpoint 'nowhere'"):
        loading.result(30)
    assert not store.is_loaded("nowhere")
    assert store.hold("nowhere") is None


def test_a_replaced_file_is_loaded_anew_once_nobody_draws_with_the_old_one(
    checkpoints_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_LOOK_SECONDS", 0.0)
    shutil.copytree(checkpoints_folder / "tiny", tmp_path / "mix")
    store = CheckpointStore(tmp_path, "cpu", known=KnownWeights())
    old = store.get("mix")
    assert store.hold("mix") is old
    file = tmp_path / "mix" / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = {name: weight / 2 for name, weight in load_file(file).items()}
    save_file(tensors, file.with_name("new"), {"format": "pt"})
    file.with_name("new").replace(file)
    assert store.is_loaded("mix"), "somebody draws with it"
    store.release("mix")
    assert not store.is_loaded("mix")
    assert store.hold("mix") is None
    new = store.get("mix")
    assert new.hash != old.hash
    assert new.hash == store.describe("mix").hash
    file.unlink()
    assert store.get("mix") is new, "what is gone is served from memory"


def test_the_memory_of_loras_counts(folder: Path) -> None:
    store = CheckpointStore(folder, "cpu", Memory(10_000_000))
    red = store.get("red")
    (entry,) = store._loaded.values()
    assert entry.bytes == red.bytes
    kept = Adapter(changes={}, bundled={}, bytes=4_000_000, hash="")
    red.adapters.keep("ink", kept)
    assert entry.bytes == red.bytes + 4_000_000
    store.get("green")
    assert not store.is_loaded("red"), "with its LoRA it is too large to stay"
