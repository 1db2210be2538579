"""A single-file checkpoint is the same checkpoint."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from gpuworker.checkpoints import single_file
from gpuworker.checkpoints.check import available, check
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.families.sd1.family import SD1
from gpuworker.families.table import FAMILIES
from gpuworker.registry import shipped_checkpoints
from tests.gpuworker.checkpoints.ldm import write_single_file
from tests.gpuworker.engine.support import difference, plain, render_alone
from tests.gpuworker.tiny import new_tokenizer, write_sd1, write_sd2, write_sdxl


@pytest.fixture
def folder(checkpoints_folder: Path, tmp_path: Path) -> Path:
    """`single.safetensors`, and beside it the folder `single` with all but the weights."""
    write_single_file(checkpoints_folder / "tiny", tmp_path / "single.safetensors")
    shutil.copytree(
        checkpoints_folder / "tiny", tmp_path / "single", ignore=shutil.ignore_patterns("*.safetensors")
    )
    return tmp_path


def test_it_draws_what_the_folder_draws(checkpoints: CheckpointStore, folder: Path) -> None:
    assert available(folder) == [*shipped_checkpoints(), "single"]
    assert "single file" in check("single", folder)
    store = CheckpointStore(folder, "cpu")
    picture = render_alone(store, plain(checkpoint="single"))
    assert difference(picture, render_alone(checkpoints, plain())) <= 1
    weights = (folder / "single.safetensors").read_bytes()
    assert store.get("single").hash == hashlib.sha256(weights).hexdigest()


@pytest.mark.parametrize(("family", "write"), [("sd2", write_sd2), ("sdxl", write_sdxl)])
def test_other_families_draw_what_their_folders_draw(
    tmp_path: Path, family: str, write: Callable[[Path], None]
) -> None:
    write(tmp_path / "whole")
    write_single_file(tmp_path / "whole", tmp_path / "single.safetensors", family)
    shutil.copytree(
        tmp_path / "whole",
        tmp_path / "single",
        ignore=shutil.ignore_patterns("*.safetensors", "*.index.json"),
    )
    store = CheckpointStore(tmp_path, "cpu")
    single = render_alone(store, plain(checkpoint="single", negative_prompt="blurry"))
    assert difference(single, render_alone(store, plain(checkpoint="whole", negative_prompt="blurry"))) <= 1
    assert store.get("single").scheduler_config == store.get("whole").scheduler_config


LDM = """
model:
  target: ldm.models.diffusion.ddpm.LatentDiffusion
  params:
    parameterization: "v"
    linear_start: 0.00085
    linear_end: 0.0120
    timesteps: 1000
    scale_factor: 0.18215
    unet_config:
      params: {in_channels: 4, out_channels: 4, model_channels: 32, channel_mult: [1, 2], num_res_blocks: 1,
               attention_resolutions: [2], num_heads: 2, transformer_depth: 1, context_dim: 32}
    first_stage_config:
      params:
        ddconfig: {in_channels: 3, out_ch: 3, ch: 32, ch_mult: [1, 1, 1, 1], num_res_blocks: 1, z_channels: 4}
"""


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of checkpoints, for which those in its folder `published/sd1` are the published widths."""
    write_sd1(tmp_path / "published" / "sd1")
    assert SD1.single_file is not None
    form = SD1.single_file._replace(published=tmp_path / "published" / "sd1")
    monkeypatch.setitem(FAMILIES, "sd1", replace(SD1, single_file=form))
    monkeypatch.setattr(single_file, "tokenizers_of", lambda family: {"tokenizer": new_tokenizer()})
    return tmp_path


def test_a_yaml_beside_it_tells_its_widths_and_what_it_predicts(published: Path) -> None:
    write_sd1(
        published / "wide",
        "v_prediction",
        {"block_out_channels": (32, 64), "norm_num_groups": 32},
        {"width": 32, "norm_num_groups": 32},
    )
    write_single_file(published / "wide", published / "single.safetensors")
    (published / "single.yaml").write_text(LDM)
    store = CheckpointStore(published, "cpu")
    single = render_alone(store, plain(checkpoint="single"))
    assert difference(single, render_alone(store, plain(checkpoint="wide"))) <= 1
    (published / "single.yaml").write_text("model: {params: []}")
    with pytest.raises(CheckpointError, match=r"single\.yaml is not a configuration of ldm.*mend it"):
        CheckpointStore(published, "cpu").get("single")


def test_without_anything_beside_it_it_has_the_published_configuration(published: Path) -> None:
    write_single_file(published / "published" / "sd1", published / "single.safetensors")
    store = CheckpointStore(published, "cpu")
    assert store.get("single").scheduler_config["prediction_type"] == "epsilon"
    tensors = load_file(published / "single.safetensors")
    name = "model.diffusion_model.input_blocks.0.0.weight"
    save_file({**tensors, name: torch.zeros(8, 4, 3, 3)}, published / "odd.safetensors")
    with pytest.raises(CheckpointError, match=r"odd\.safetensors could not be loaded.*model_index\.json"):
        store.get("odd")


def test_a_folder_of_another_family_beside_it_is_refused(folder: Path) -> None:
    shutil.rmtree(folder / "single")
    write_sdxl(folder / "single")
    with pytest.raises(
        CheckpointError, match=r"describes Stable Diffusion XL, and .* is Stable Diffusion 1\.x"
    ):
        check("single", folder)


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


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("sd1", {"unet": 859_520_964, "vae": 83_653_863, "text_encoder": 123_060_480}),
        ("sd2", {"unet": 865_910_724, "vae": 83_653_863, "text_encoder": 340_387_840}),
        (
            "sdxl",
            {
                "unet": 2_567_463_684,
                "vae": 83_653_863,
                "text_encoder": 123_060_480,
                "text_encoder_2": 694_659_840,
            },
        ),
    ],
)
def test_the_packaged_configurations_are_the_published_ones(family: str, expected: dict[str, int]) -> None:
    """By the numbers of weights that the published checkpoints have."""
    form = FAMILIES[family].single_file
    assert form is not None
    packaged = form.published
    index = json.loads((packaged / "model_index.json").read_text())
    with torch.device("meta"):
        for part, count in expected.items():
            library, kind = index[part]
            network: Any = getattr(diffusers if library == "diffusers" else transformers, kind)
            if library == "diffusers":
                built = network.from_config(json.loads((packaged / part / "config.json").read_text()))
            else:
                built = network(transformers.CLIPTextConfig.from_pretrained(packaged / part))
            assert sum(weight.numel() for weight in built.parameters()) == count, part
