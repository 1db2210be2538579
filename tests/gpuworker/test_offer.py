"""What a worker offers: all that is sound, whatever is wrong with the rest."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from gpuworker.checkpoints.check import available
from gpuworker.checkpoints.known import KnownWeights
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import EngineStopped, RenderError
from gpuworker.offer import offers
from gpuworker.registry import shipped_checkpoints
from storage.served import SHIPPED

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


def test_what_must_be_hashed_first_keeps_nothing_else_waiting(
    checkpoints_folder: Path, tmp_path: Path
) -> None:
    for name in ("first", "new", "old"):
        shutil.copytree(checkpoints_folder / "tiny", tmp_path / name)
    store = CheckpointStore(tmp_path, "cpu", known=KnownWeights())
    store.known.sha256(store.describe("old").hashed)
    with Engine(store) as engine:
        assert [offer.name for offer in offers(["first", "new", "old"], store, engine)] == [
            "first",
            "old",
            "new",
        ]


def test_a_size_that_follows_from_what_is_measured_is_measured_before_it_is_offered(tmp_path: Path) -> None:
    """A UNet of the second family that says nothing, and is found to predict velocity."""
    shutil.copytree(shipped_checkpoints()["pocket-2"], tmp_path / "mix")
    schedule = tmp_path / "mix" / "scheduler" / "scheduler_config.json"
    schedule.write_text(schedule.read_text().replace('"v_prediction"', "null"))
    store = CheckpointStore(tmp_path, "cpu", known=KnownWeights())
    with Engine(store) as engine:
        (offer,) = offers(["mix"], store, engine)
    assert offer.side == 128
    assert store.describe("mix").said.prediction == "v_prediction"


def test_what_ships_is_as_the_bot_believes_before_the_first_worker_is_up(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, "cpu")
    assert SHIPPED.keys() == shipped_checkpoints().keys()
    for name, believed in SHIPPED.items():
        assert store.describe(name).served_as(name).model_copy(update={"hash": ""}) == believed
