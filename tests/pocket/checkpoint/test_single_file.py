"""The pocket checkpoint in one file is the pocket checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint
from safetensors.torch import load_file

from gpuworker.checkpoints.check import check
from gpuworker.checkpoints.store import CheckpointStore
from pocket import CHECKPOINT
from pocket.checkpoint.single_file import unet_name, write_single_file
from tests.gpuworker.engine.support import difference, plain, render_alone


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single")
    write_single_file(CHECKPOINT, folder / "one.safetensors")
    return folder


def test_it_renders_the_same_picture(folder: Path) -> None:
    pictures = [
        render_alone(
            CheckpointStore(folder, "cpu"),
            plain(checkpoint=name, prompt="a red house in the snow", width=128, height=128, steps=8),
        )
        for name in ("pocket", "one")
    ]
    assert difference(*pictures) <= 1
    assert pictures[0].getextrema() != ((0, 0),) * 3


def test_no_weight_is_lost(folder: Path) -> None:
    counts = [
        sum(tensor.numel() for file in files for tensor in load_file(file).values())
        for files in (CHECKPOINT.glob("*/*.safetensors"), [folder / "one.safetensors"])
    ]
    assert counts[0] == counts[1]


def test_blocks_of_two_layers_are_numbered_as_in_stable_diffusion() -> None:
    """Which has attention in its three outer blocks, where the pocket checkpoint has none."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            block_out_channels=(32, 32, 32, 32), cross_attention_dim=32, attention_head_dim=4
        )
    config = dict(unet.config)
    named = {unet_name(name, config): weight for name, weight in unet.state_dict().items()}
    assert "model.diffusion_model.input_blocks.6.0.op.weight" in named
    assert "model.diffusion_model.output_blocks.2.1.conv.weight" in named
    assert "model.diffusion_model.output_blocks.8.2.conv.weight" in named
    assert "model.diffusion_model.output_blocks.11.1.proj_out.weight" in named
    back = convert_ldm_unet_checkpoint(dict(named), config)
    assert {name: id(weight) for name, weight in back.items()} == {
        name: id(named[unet_name(name, config)]) for name in unet.state_dict()
    }


def test_it_can_be_written_beside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "copy").symlink_to(CHECKPOINT)
    write_single_file(tmp_path / "copy", tmp_path / "copy.safetensors")
    assert "single file" in check("copy", tmp_path)
