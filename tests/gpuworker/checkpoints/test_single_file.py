"""A single-file checkpoint is the same checkpoint."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

from gpuworker.checkpoints import single_file
from gpuworker.checkpoints.check import available, check
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.checkpoints.tokenizers import clip_tokenizer
from tests.gpuworker.checkpoints.ldm import write_single_file
from tests.gpuworker.engine.support import difference, plain, render_alone

SD1 = Path(single_file.__file__).parent / "sd1"


@pytest.fixture
def folder(checkpoints_folder: Path, tmp_path: Path) -> Path:
    """`single.safetensors`, and beside it the folder `single` with all but the weights."""
    write_single_file(checkpoints_folder / "tiny", tmp_path / "single.safetensors")
    shutil.copytree(
        checkpoints_folder / "tiny", tmp_path / "single", ignore=shutil.ignore_patterns("*.safetensors")
    )
    return tmp_path


def test_it_draws_what_the_folder_draws(checkpoints: CheckpointStore, folder: Path) -> None:
    assert available(folder) == [name for name in ("pocket", "single") if name in available(folder)]
    assert "single file" in check("single", folder)
    store = CheckpointStore(folder, "cpu")
    picture = render_alone(store, plain(checkpoint="single"))
    assert difference(picture, render_alone(checkpoints, plain())) <= 1
    weights = (folder / "single.safetensors").read_bytes()
    assert store.get("single").hash == hashlib.sha256(weights).hexdigest()


def test_without_a_configuration_it_is_taken_for_stable_diffusion_1(folder: Path) -> None:
    """Which the tiny one is not: the sentence says where its configuration goes."""
    shutil.rmtree(folder / "single")
    with pytest.raises(CheckpointError, match=r"model_index\.json") as raised:
        CheckpointStore(folder, "cpu").get("single")
    assert f"into {folder / 'single'}." in str(raised.value)


def test_a_lost_tensor_is_not_made_up(folder: Path) -> None:
    tensors = load_file(folder / "single.safetensors")
    del tensors["model.diffusion_model.out.2.bias"]
    save_file(tensors, folder / "single.safetensors")
    with pytest.raises(CheckpointError, match="single"):
        CheckpointStore(folder, "cpu").get("single")


def test_the_packaged_configuration_is_stable_diffusion_1() -> None:
    """By the numbers of weights that the published checkpoints have."""
    with torch.device("meta"):
        networks = [
            UNet2DConditionModel.from_config(json.loads((SD1 / "unet" / "config.json").read_text())),
            AutoencoderKL.from_config(json.loads((SD1 / "vae" / "config.json").read_text())),
            CLIPTextModel(CLIPTextConfig.from_pretrained(SD1 / "text_encoder")),
        ]
    counts = [sum(weight.numel() for weight in network.parameters()) for network in networks]
    assert counts == [859_520_964, 83_653_863, 123_060_480]


def test_the_packaged_tokenizer_is_clips() -> None:
    tokenizer = clip_tokenizer()
    assert len(tokenizer) == 49_408
    assert tokenizer.model_max_length == 77
    assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert tokenizer("A PHOTO of a cat").input_ids == tokenizer("a photo of a cat").input_ids
