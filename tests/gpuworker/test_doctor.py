"""What the doctor says of a worker's models."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gpuworker.checkpoints import card
from gpuworker.checkpoints.card import Device
from gpuworker.checkpoints.known import KnownWeights
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.doctor import examine_worker
from gpuworker.registry import entry_of
from gpuworker.workplace import Claim, open_workplace
from storage.diagnosis import Check
from storage.settings import Settings
from tests.gpuworker.models.hub import write_registry


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_the_doctor_tells_what_is_there_wrong_and_missing(settings: Settings) -> None:
    write_registry(settings.models_file, "my-clip", ['"model.safetensors" = {}'], kind="clip", hub="my/clip")
    x4 = entry_of("realesrgan-x4plus", settings)
    x4.place(settings).mkdir(parents=True)
    x4.file_place(x4.files[0], settings).write_bytes(b"half")
    clipseg = entry_of("clipseg", settings)
    clipseg.place(settings).mkdir()
    checks = {check.part: check for check in examine_worker(settings)}
    assert checks["checkpoint pocket"].state == "fine"
    assert checks["upscaler realesrgan-x4plus"].state == "broken"
    assert "4 bytes instead of 67040989" in checks["upscaler realesrgan-x4plus"].says
    assert checks["clip my-clip"].state == "broken"
    assert "darkroom models fetch my-clip" in checks["clip my-clip"].says
    assert "masks clipseg" not in checks, "what is merely ready-made is no finding"


def test_the_doctor_names_a_setting_whose_model_cannot_work(settings: Settings) -> None:
    wrong = settings.model_copy(
        update={"upscaler": "nudenet", "clip": "clip-vit-l-14", "figures": "pocket-x4"}
    )
    checks = {check.part: check for check in examine_worker(wrong)}
    assert "choose one of pocket-x4, realesrgan-x4plus" in checks["DARKROOM_UPSCALER"].says
    assert "darkroom models fetch clip-vit-l-14" in checks["DARKROOM_CLIP"].says
    assert "choose one of pocket-figures, adetailer-face" in checks["DARKROOM_FIGURES"].says
    assert not any(check.part.startswith("DARKROOM_") for check in examine_worker(settings))


def test_the_doctor_looks_at_places_that_the_settings_name(settings: Settings, tmp_path: Path) -> None:
    nowhere = settings.model_copy(update={"names": tmp_path / "nope", "checkpoints": tmp_path / "gone"})
    checks = {check.part: check for check in examine_worker(nowhere)}
    assert checks["DARKROOM_NAMES"].state == checks["DARKROOM_CHECKPOINTS"].state == "broken"
    assert str(tmp_path / "nope") in checks["DARKROOM_NAMES"].says
    assert f"there is no folder {tmp_path / 'gone'}" in checks["DARKROOM_CHECKPOINTS"].says
    (tmp_path / "nope").write_text('kind = "person"\n[names]\n"Wumba Quibbel" = []\n')
    (tmp_path / "gone").mkdir()
    checks = {check.part: check for check in examine_worker(nowhere)}
    assert checks["DARKROOM_NAMES"].state == "fine", checks["DARKROOM_NAMES"].says
    assert "DARKROOM_CHECKPOINTS" not in checks


def test_the_doctor_names_a_broken_registry_and_goes_on(settings: Settings) -> None:
    settings.models_file.write_text("[mine]\n")
    checks = {check.part: check for check in examine_worker(settings)}
    assert checks["models.toml"].state == "broken"
    assert "entry mine" in checks["models.toml"].says
    assert checks["checkpoint pocket"].state == "fine"


def test_only_what_was_loaded_here_once_is_called_fine(settings: Settings, checkpoints_folder: Path) -> None:
    folder = settings.checkpoints_folder
    shutil.copytree(checkpoints_folder / "tiny", folder / "tiny")
    save_file({"lora_unet_a.lora_down.weight": torch.zeros(1)}, folder / "style.safetensors")

    def checked() -> dict[str, Check]:
        return {check.part: check for check in examine_worker(settings)}

    assert checked()["checkpoint tiny"].state == "note"
    assert "not tried yet" in checked()["checkpoint tiny"].says
    CheckpointStore(folder, "cpu", known=KnownWeights(settings.weights_file)).get("tiny")
    assert checked()["checkpoint tiny"].state == "fine"
    os.utime(folder / "tiny" / "unet" / "diffusion_pytorch_model.safetensors")
    assert checked()["checkpoint tiny"].state == "note", "nobody knows whether it is the same"
    assert checked()["checkpoint style"].state == "broken"
    assert "is a LoRA or a relative of one: put it into loras" in checked()["checkpoint style"].says


def test_the_doctor_asks_torch_for_the_device(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Device("cpu", "broken", "there is an NVIDIA GPU, but torch cannot use it")
    monkeypatch.setattr(card, "find_device", lambda: broken)
    (check,) = [check for check in examine_worker(settings) if check.part == "device"]
    assert (check.state, check.says) == ("broken", broken.says)


def test_a_worker_does_not_render_on_the_cpu_beside_a_card(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Device("cpu", "broken", "there is an NVIDIA GPU, but torch cannot use it")
    monkeypatch.setattr(card, "find_device", lambda: broken)
    with (
        pytest.raises(
            SystemExit, match=r"^No picture can be made here: there is an NVIDIA GPU, but .* it\.$"
        ),
        open_workplace(settings, 1, threading.Event(), Claim.CARD),
    ):
        raise AssertionError("it opened")
