"""LoRAs are worn beside the weights, which stay as they are."""

from __future__ import annotations

import copy
import gc
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from gpuworker.adapters import adapters as adapters_module
from gpuworker.adapters.adapters import Adapters
from gpuworker.adapters.change import changed_parameters
from gpuworker.adapters.read import Adapter, read_adapter
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


def wear(checkpoint: Checkpoint, *worn: tuple[Adapter, float]) -> Tensor:
    checkpoint.adapters.wear(
        checkpoint.adapters.together(tuple((adapter, weight, weight) for adapter, weight in worn))
    )
    return predicted(checkpoint)


def pencil(checkpoint: Checkpoint, file: Path = LORA) -> Adapter:
    return read_adapter(file, checkpoint.model.networks, checkpoint.device)


@torch.no_grad()
def merged(checkpoint: Checkpoint, adapter: Adapter, weight: float) -> Tensor:
    """What is predicted when the changes are added to the weights for good."""
    for layer, change in adapter.changes.items():
        new, _ = changed_parameters(layer.module, [(change, weight)])
        layer.module.weight.copy_(new)
    checkpoint.wear_nothing()
    return predicted(checkpoint)


def test_a_weight_counts_and_none_is_as_if_there_were_no_lora(pocket: Checkpoint) -> None:
    plainly = predicted(pocket)
    weights = copy.deepcopy(pocket.model.networks["unet"].state_dict())
    sketch = pencil(pocket)
    half, whole = wear(pocket, (sketch, 0.5)), wear(pocket, (sketch, 1.0))
    assert 0 < float((half - plainly).abs().mean()) < float((whole - plainly).abs().mean())
    pocket.wear_nothing()
    assert torch.equal(predicted(pocket), plainly)
    now = pocket.model.networks["unet"].state_dict()
    assert now.keys() == weights.keys()
    assert all(torch.equal(now[name], tensor) for name, tensor in weights.items())
    right = merged(pocket, sketch, 0.5)
    assert float((half - right).norm() / (right - plainly).norm()) < 1e-4


def test_ranks_may_differ_from_layer_to_layer(pocket: Checkpoint, tmp_path: Path) -> None:
    name = "unet.mid_block.resnets.0.conv1"
    tensors = load_file(LORA)
    mixed = dict(tensors)
    for part, ranks in ((f"{name}.lora_A.weight", 0), (f"{name}.lora_B.weight", 1)):
        nothing = torch.zeros_like(mixed[part].narrow(ranks, 0, 3))
        mixed[part] = torch.cat([mixed[part], nothing], dim=ranks)
    save_file(mixed, tmp_path / "mixed.safetensors")
    save_file(tensors, tmp_path / "same.safetensors")
    first, second = (
        wear(pocket, (pencil(pocket, tmp_path / f"{kind}.safetensors"), 1.0)) for kind in ("mixed", "same")
    )
    assert torch.allclose(first, second, atol=1e-5)


def test_two_are_worn_together(pocket: Checkpoint) -> None:
    one, other = pencil(pocket), pencil(pocket)
    both = wear(pocket, (one, 0.5), (other, 0.25))
    assert torch.allclose(wear(pocket, (one, 0.75)), both, atol=1e-4)


def test_the_least_recently_used_makes_way_and_its_memory_counts_as_long_as_it_is_held(
    pocket: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters_module, "MOST_KEPT", 2)
    shelf = Adapters()
    a, b, c = (pencil(pocket) for _ in range(3))
    size = a.bytes
    assert size > 500_000
    held = shelf.together(((a, 1.0, 1.0), (b, 1.0, 1.0)))
    assert held.bytes == 2 * size
    shelf.keep("a", a)
    shelf.keep("b", b)
    assert shelf.get("a") is a, "used just now"
    shelf.keep("c", c)
    assert shelf.get("b") is None
    assert (shelf.get("a"), shelf.get("c")) == (a, c)
    del a, b, c
    gc.collect()
    assert shelf.bytes == 3 * size, "one of them is not kept, but worn"
    del held
    gc.collect()
    assert shelf.bytes == 2 * size


def test_changing_what_is_worn_takes_no_time_by_layer(pocket: Checkpoint) -> None:
    sketch = pencil(pocket)
    sets = [pocket.adapters.together(((sketch, weight, weight),)) for weight in (0.5, 1.0)]
    conv = pocket.model.networks["unet"].conv_in
    x = torch.randn(1, 4, 8, 8)
    outputs = []
    for each in (*sets, *sets):
        pocket.adapters.wear(each)
        outputs.append(conv(x))
    assert torch.equal(outputs[0], outputs[2])
    assert torch.equal(outputs[1], outputs[3])
    assert not torch.allclose(outputs[0], outputs[1], atol=1e-4)
