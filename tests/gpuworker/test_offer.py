"""What a worker offers: all that is sound, whatever is wrong with the rest."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from gpuworker.checkpoints.check import available
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import EngineStopped, RenderError
from gpuworker.offer import offers

NAMES = ["bad", "tiny", "tiny-v"]


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(13, "Permission denied"),
        OSError(5, "Input/output error"),
        RuntimeError("CUDA out of memory"),
        RenderError("It does not fit the card."),
        ValueError("a header of 2**60 bytes"),
    ],
)
@pytest.mark.parametrize("where", ["describe", "warm"])
def test_one_that_cannot_be_used_does_not_stop_the_others(
    checkpoints_folder: Path, error: Exception, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CheckpointStore(checkpoints_folder, "cpu")
    real = store.describe if where == "describe" else store.get

    def fail(name: str) -> Any:
        if name == "bad":
            raise error
        return real(name)

    if where == "warm":
        shared = store.describe("tiny")
        monkeypatch.setattr(store, "describe", lambda name: shared)
    monkeypatch.setattr(store, "describe" if where == "describe" else "get", fail)
    with Engine(store) as engine:
        assert [offer.name for offer in offers(NAMES, store, engine)] == ["tiny", "tiny-v"]
        assert engine.stats().steps_per_second.get("tiny"), "the first sound one is warm"


def test_an_engine_that_stopped_ends_the_offers(checkpoints_folder: Path) -> None:
    store = CheckpointStore(checkpoints_folder, "cpu")
    engine = Engine(store)
    engine.stop()
    with pytest.raises(EngineStopped):
        list(offers(["tiny", "tiny-v"], store, engine))


def test_files_of_any_kind_in_the_folder_are_passed_over(checkpoints_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(checkpoints_folder / "tiny", tmp_path / "tiny")
    (tmp_path / "folder.safetensors").mkdir()
    (tmp_path / "dangling.safetensors").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.safetensors").symlink_to(tmp_path / "loop.safetensors")
    (tmp_path / "empty.safetensors").touch()
    (tmp_path / "huge.safetensors").write_bytes(b"\xff" * 64)
    shutil.copytree(checkpoints_folder / "tiny", tmp_path / "strange")
    (tmp_path / "strange" / "unet" / "config.json").write_bytes(b"\xff\xfe[")
    shutil.copytree(checkpoints_folder / "tiny", tmp_path / "list")
    (tmp_path / "list" / "unet" / "config.json").write_text("[1, 2]")
    names = available(tmp_path)
    assert "tiny" in names
    assert not {"folder", "dangling", "loop", "empty", "huge", "strange", "list"} & set(names)
