"""LoRAs are loaded beside the weights, which stay as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gpuworker.checkpoints import adapters as adapters_module
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from pocket.checkpoint.lora import LORA


@pytest.fixture
def pocket(tmp_path: Path) -> Checkpoint:
    """Loaded anew for each test, so that none has LoRAs of another one."""
    return CheckpointStore(tmp_path, "cpu").get("pocket")


@torch.inference_mode()
def predicted(checkpoint: Checkpoint) -> Tensor:
    model = checkpoint.model
    latents = torch.randn(1, model.latent_channels, 8, 8, generator=torch.Generator().manual_seed(0))
    return model.denoise(latents, torch.tensor([500.0]), *model.encode_prompt(((),)))


def test_a_weight_counts_and_none_is_as_if_there_were_no_lora(pocket: Checkpoint) -> None:
    plainly = predicted(pocket)
    weights = {name: tensor.clone() for name, tensor in pocket.model.networks["unet"].named_parameters()}
    pocket.adapters.load(LORA, torch.float32)
    far = {}
    for weight in (0.5, 1.0):
        pocket.adapters.activate(((LORA, weight),))
        far[weight] = float((predicted(pocket) - plainly).abs().mean())
    assert 0 < far[0.5] < far[1.0]
    pocket.deactivate_adapters()
    assert torch.equal(predicted(pocket), plainly)
    unet = pocket.model.networks["unet"]
    now = {name.replace(".base_layer", ""): tensor for name, tensor in unet.named_parameters()}
    assert all(torch.equal(now[name], tensor) for name, tensor in weights.items())


def test_two_are_active_together(pocket: Checkpoint, tmp_path: Path) -> None:
    other = tmp_path / "other.v2.safetensors"
    shutil.copy(LORA, other)
    for file in (LORA, other):
        pocket.adapters.load(file, torch.float32)
    pocket.adapters.activate(((LORA, 0.5), (other, 0.25)))
    both = predicted(pocket)
    pocket.adapters.activate(((LORA, 0.75),))
    assert torch.allclose(predicted(pocket), both, atol=1e-4)


def test_the_least_recently_used_makes_way(
    pocket: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters_module, "MOST_LOADED", 2)
    files = [tmp_path / f"{name}.safetensors" for name in "abc"]
    for file in files:
        shutil.copy(LORA, file)
    a, b, c = files
    assert pocket.adapters.not_loaded(files) == files
    pocket.adapters.load(a, torch.float32)
    pocket.adapters.load(b, torch.float32)
    assert pocket.adapters.not_loaded([a]) == [], "used just now"
    pocket.adapters.load(c, torch.float32)
    assert pocket.adapters.not_loaded(files) == [b]
    loaded = {name for names in pocket.model.pipeline().get_list_adapters().values() for name in names}
    assert len(loaded) == 2


def test_what_is_no_lora_for_it_is_an_error_and_changes_nothing(pocket: Checkpoint, tmp_path: Path) -> None:
    plainly = predicted(pocket)
    foreign, damaged = tmp_path / "foreign.safetensors", tmp_path / "damaged.safetensors"
    elsewhere = {name.replace("unet.", "nowhere."): tensor for name, tensor in load_file(LORA).items()}
    save_file(elsewhere, foreign)
    damaged.write_bytes(b"\xff" * 100)
    with pytest.raises(SafetensorError):
        pocket.adapters.load(damaged, torch.float32)
    with pytest.raises(ValueError, match="no weight belongs to any of its layers"):
        pocket.adapters.load(foreign, torch.float32)
    assert pocket.adapters.not_loaded([foreign, damaged]) == [foreign, damaged]
    pocket.deactivate_adapters()
    assert torch.equal(predicted(pocket), plainly)
