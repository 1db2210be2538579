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
from torch import Tensor

from gpuworker.checkpoints import single_file
from gpuworker.checkpoints.check import available, check
from gpuworker.checkpoints.describe import describe
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.families.sd1.family import SD1
from gpuworker.families.table import FAMILIES
from gpuworker.registry import Entry, shipped_checkpoints
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


def the_first_schedule_says(folder: Path, **said: Any) -> None:
    file = folder / "single" / "scheduler" / "scheduler_config.json"
    config = json.loads(file.read_text()) | said
    file.write_text(json.dumps({name: value for name, value in config.items() if value is not None}))


def with_markers(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {**tensors, "v_pred": torch.tensor([])}


def as_novelai_names_them(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.replace(".transformer.text_model.", ".transformer."): each for name, each in tensors.items()}


def with_an_average(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    unet = {name: each for name, each in tensors.items() if name.startswith("model.")}
    return tensors | {f"model_ema.{name.replace('.', '')}": 0 * each for name, each in unet.items()}


def in_another_dictionary(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"state_dict.{name}": each for name, each in tensors.items()}


def in_scaled_int8(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """One layer whose weights are the multiples of a scale, so that nothing is lost."""
    name = "model.diffusion_model.time_embed.0"
    scale = tensors[f"{name}.weight"].abs().amax() / 127
    whole = (tensors[f"{name}.weight"] / scale).round()
    tensors[f"{name}.weight"] = whole * scale
    return {**tensors, f"{name}.weight": whole.to(torch.int8), f"{name}.weight_scale": scale}


@pytest.mark.parametrize(
    "written",
    [with_markers, as_novelai_names_them, with_an_average, in_another_dictionary, in_scaled_int8],
)
def test_however_it_is_written_it_draws_the_same(
    folder: Path, written: Callable[[dict[str, Tensor]], dict[str, Tensor]]
) -> None:
    """With the configuration of its folder, which says something else of what it predicts."""
    tensors = load_file(folder / "single.safetensors")
    changed = written(tensors)  # what it cannot keep of a tensor is lost in the one to compare with, too
    for name, content in (("single", tensors), ("other", changed)):
        save_file(content, folder / f"{name}.safetensors")
    shutil.copytree(folder / "single", folder / "other")
    if written is with_markers:
        the_first_schedule_says(folder, prediction_type="v_prediction")
    store = CheckpointStore(folder, "cpu")
    single, other = (render_alone(store, plain(checkpoint=name)) for name in ("single", "other"))
    assert difference(single, other) == 0
    more = store.describe("other").numbers - store.describe("single").numbers
    assert more == (written is in_scaled_int8), "an average is not counted"


def test_markers_are_believed_before_the_configuration(folder: Path) -> None:
    assert describe(folder / "single.safetensors").scheduler_config["prediction_type"] == "epsilon"
    tensors = load_file(folder / "single.safetensors")
    save_file(
        {**tensors, "v_pred": torch.tensor([]), "ztsnr": torch.tensor([])}, folder / "single.safetensors"
    )
    found = describe(folder / "single.safetensors")
    assert found.scheduler_config["prediction_type"] == "v_prediction"
    assert found.scheduler_config["rescale_betas_zero_snr"] is True
    assert found.scheduler_config["timestep_spacing"] == "trailing"
    assert found.guidance_rescale == 0.7
    assert found.usual.sampler == "euler"


def test_an_autoencoder_beside_it_is_used_in_place_of_its_own(folder: Path, checkpoints_folder: Path) -> None:
    tensors = load_file(folder / "single.safetensors")
    right = {name: each for name, each in tensors.items() if name.startswith("first_stage_model.")}
    wrong = {name: each / 2 for name, each in right.items()}
    store = CheckpointStore(folder, "cpu")
    picture = render_alone(store, plain(checkpoint="single"))
    bare = {name.removeprefix("first_stage_model."): each for name, each in right.items()}
    without = {name: each for name, each in tensors.items() if name not in right}
    as_diffusers = load_file(checkpoints_folder / "tiny" / "vae" / "diffusion_pytorch_model.safetensors")
    for name, content, vae in (
        ("halved", tensors | wrong, right),
        (
            "bare",
            tensors | wrong,
            bare,
        ),
        ("none", without, as_diffusers),
    ):
        save_file(content, folder / f"{name}.safetensors")
        shutil.copytree(folder / "single", folder / name)
        save_file(vae, folder / f"{name}.vae.safetensors")
        assert f"autoencoder of {name}.vae.safetensors" in check(name, folder)
        assert difference(render_alone(store, plain(checkpoint=name)), picture) == 0
    assert available(folder) == [*shipped_checkpoints(), "bare", "halved", "none", "single"]
    (folder / "none.vae.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"lacks an autoencoder: .*as none\.vae\.safetensors"):
        check("none", folder)


def test_the_operator_says_which_layer_of_the_text_tower_and_which_autoencoder(
    folder: Path, checkpoints_folder: Path
) -> None:
    tensors = load_file(folder / "single.safetensors")
    right = {name: each for name, each in tensors.items() if name.startswith("first_stage_model.")}
    save_file(right, folder / "right.vae.safetensors")
    save_file(tensors | {name: each / 2 for name, each in right.items()}, folder / "single.safetensors")
    entry = Entry.model_validate(
        {"name": "single", "title": "", "kind": "checkpoint", "licence": "", "memory": None}
        | {"clip_skip": 2, "vae": "right.vae.safetensors"}
    )
    store = CheckpointStore(folder, "cpu", registry=lambda: {"single": entry})
    single = render_alone(store, plain(checkpoint="single"))
    # A text tower that was cut shorter draws the same.
    shutil.copytree(checkpoints_folder / "tiny", folder / "short")
    config = folder / "short" / "text_encoder" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "num_hidden_layers": 1}))
    assert difference(single, render_alone(store, plain(checkpoint="short"))) == 0
    assert difference(single, render_alone(CheckpointStore(checkpoints_folder, "cpu"), plain())) > 10
