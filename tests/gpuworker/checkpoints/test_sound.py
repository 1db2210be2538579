"""What lies among the checkpoints and is none, or none that is served, is told what it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from gpuworker.checkpoints.check import available
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.sound import check_file, check_folder
from gpuworker.registry import shipped_checkpoints
from tests.gpuworker.checkpoints.ldm import write_single_file

FIRST = "model.diffusion_model.input_blocks.0.0.weight"


def be_a_lora(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {"lora_unet_mid.lora_down.weight": torch.zeros(4, 4), "lora_unet_mid.alpha": torch.tensor(1.0)}


def be_an_autoencoder(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: each for name, each in tensors.items() if name.startswith("first_stage_model.")}


def take_a_picture(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    first = tensors[FIRST]
    return {**tensors, FIRST: torch.cat([first, first], 1).contiguous()}


def take_a_depth_map(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    first = tensors[FIRST]
    return {**tensors, FIRST: torch.cat([first, first[:, :1]], 1).contiguous()}


@pytest.mark.parametrize(
    ("become", "says"),
    [
        (be_a_lora, r"other\.safetensors is a LoRA or a relative of one: put it into loras \("),
        (be_an_autoencoder, r"is an autoencoder \(VAE\) alone: name it NAME\.vae\.safetensors"),
        (take_a_picture, r"is an instruction model .*: choose a text-to-image checkpoint"),
        (
            take_a_depth_map,
            r"is a depth model, .*: choose a text-to-image checkpoint",
        ),
    ],
)
def test_a_file_is_told_what_it_is_and_is_not_offered(
    checkpoints_folder: Path,
    tmp_path: Path,
    become: Callable[[dict[str, Tensor]], dict[str, Tensor]],
    says: str,
) -> None:
    file = tmp_path / "other.safetensors"
    write_single_file(checkpoints_folder / "tiny", file)
    check_file(file)
    save_file(become(load_file(file)), file)
    with pytest.raises(CheckpointError, match=says):
        check_file(file)
    assert available(tmp_path) == list(shipped_checkpoints())


@pytest.mark.parametrize(
    ("channels", "what"), [(8, "instruction model"), (5, "depth model"), (7, "upscaling")]
)
def test_a_folder_is_told_what_it_is(
    checkpoints_folder: Path, tmp_path: Path, channels: int, what: str
) -> None:
    shutil.copytree(checkpoints_folder / "tiny", tmp_path / "other")
    file = tmp_path / "other" / "unet" / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "in_channels": channels}))
    with pytest.raises(CheckpointError, match=rf"takes more than a prompt: an? {what}"):
        check_folder(tmp_path / "other")


def test_a_folder_in_scaled_fp8_is_refused_as_that(checkpoints_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(checkpoints_folder / "tiny", tmp_path / "other")
    file = tmp_path / "other" / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({**load_file(file), "conv_in.weight_scale": torch.tensor(2.0)}, file)
    with pytest.raises(CheckpointError, match=r"scaled fp8 .*single"):
        check_folder(tmp_path / "other")
