"""Files of every program are read to the last tensor, or refused for what they are."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline
from diffusers.utils import convert_state_dict_to_diffusers, convert_state_dict_to_kohya
from peft import LoHaConfig, LoKrConfig, LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from torch import Tensor, nn

from gpuworker.adapters.adapters import Adapters
from gpuworker.adapters.change import changed_parameters
from gpuworker.adapters.errors import AdapterDamaged, AdapterError, Misfit
from gpuworker.adapters.read import Adapter, read_adapter
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from pocket.checkpoint.lora import LORA
from tests.gpuworker.tiny import new_unet

CPU = torch.device("cpu")
ATTENTION = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q"


@pytest.fixture(scope="module")
def tiny(checkpoints: CheckpointStore) -> Checkpoint:
    return checkpoints.get("tiny")


def read(
    tensors: Mapping[str, Tensor], networks: Mapping[str, Any], folder: Path, **metadata: str
) -> Adapter:
    file = folder / "a.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, file, metadata)
    return read_adapter(file, networks, CPU)


@torch.no_grad()
def predicted(unet: Any) -> Tensor:
    random = torch.Generator().manual_seed(0)
    latents, states = torch.randn(2, 4, 8, 8, generator=random), torch.randn(2, 5, 32, generator=random)
    found: Tensor = unet(latents, torch.tensor([500.0, 3.0]), states).sample
    return found


@torch.no_grad()
def worn(unet: Any, adapter: Adapter, weight: float = 1.0) -> Tensor:
    """What a copy of the network predicts with an adapter of the network."""
    adapters = Adapters()
    adapters.wear(adapters.together(((adapter, weight, weight),)))
    found = predicted(unet)
    adapters.wear(adapters.together(()))
    return found


def distance(found: Tensor, right: Tensor, before: Tensor) -> float:
    return float((found - right).norm() / (right - before).norm())


@torch.no_grad()
def loud(module: nn.Module) -> None:
    """Give what was just added numbers that matter."""
    torch.manual_seed(3)
    for name, parameter in module.named_parameters():
        if parameter.requires_grad and "magnitude" not in name:
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
        elif "magnitude" in name:
            parameter.mul_(1.3)


TARGETS = ["to_q", "to_k", "to_out.0", "conv1", "conv_shortcut", "proj_in", "ff.net.2"]


@pytest.mark.parametrize("dora", [False, True])
@pytest.mark.parametrize("spelling", ["peft", "diffusers", "kohya", "raw", "mixed"])
def test_what_peft_computes_is_computed_from_each_spelling(tmp_path: Path, spelling: str, dora: bool) -> None:
    unet = new_unet()
    trained = copy.deepcopy(unet)
    patterns = {"to_q": 3, "conv1": 2}
    trained.add_adapter(
        LoraConfig(
            r=4,
            lora_alpha=4,
            target_modules=TARGETS,
            use_dora=dora,
            rank_pattern=patterns,
            alpha_pattern=patterns,
        )
    )
    loud(trained)
    state = get_peft_model_state_dict(trained)
    if spelling == "raw":
        named = {f"base_model.model.{name}": tensor for name, tensor in state.items()}
    elif spelling == "kohya":
        kohya = convert_state_dict_to_kohya(
            {f"unet.{name}": tensor for name, tensor in state.items() if "magnitude" not in name}
        )
        named = dict(kohya)
        for name, tensor in state.items():
            if "magnitude" in name:
                layer = name.split(".lora_magnitude")[0].replace(".", "_")
                low = named[f"lora_unet_{layer}.lora_up.weight"]
                named[f"lora_unet_{layer}.dora_scale"] = tensor.reshape(-1, *[1] * (low.ndim - 1))
    elif spelling == "diffusers":
        named = {
            "unet."
            + name.replace(".lora_A.weight", ".lora.down.weight").replace(
                ".lora_B.weight", ".lora.up.weight"
            ): tensor
            for name, tensor in state.items()
        }
    elif spelling == "mixed":
        named = {f"unet.{name}": tensor for name, tensor in convert_state_dict_to_diffusers(state).items()}
    else:
        named = {f"unet.{name}": tensor for name, tensor in state.items()}
    adapter = read(named, {"unet": unet}, tmp_path)
    before, right = predicted(unet), predicted(trained)
    assert distance(worn(unet, adapter), right, before) < 1e-4
    assert torch.equal(predicted(unet), before)


@pytest.mark.parametrize(
    "config",
    [
        LoHaConfig(r=4, alpha=2, target_modules=["to_q", "conv1"], init_weights=False),
        LoKrConfig(r=4, alpha=2, target_modules=["to_q", "ff.net.2"], init_weights=False),
        LoKrConfig(r=64, alpha=32, target_modules=["to_q", "ff.net.2"], init_weights=False),
        LoraConfig(
            r=4, lora_alpha=7, target_modules=["to_q", "conv1"], use_rslora=True, alpha_pattern={"conv1": 3}
        ),
    ],
    ids=["loha", "lokr", "whole lokr", "rank-stabilised"],
)
def test_what_peft_saves_with_its_configuration_beside_it_is_scaled_as_it_says(
    tmp_path: Path, config: Any
) -> None:
    unet = new_unet()
    trained = get_peft_model(copy.deepcopy(unet), config)
    loud(trained)
    trained.save_pretrained(tmp_path)
    adapter = read_adapter(tmp_path / "adapter_model.safetensors", {"unet": unet}, CPU)
    assert adapter.changes
    assert distance(worn(unet, adapter), predicted(trained), predicted(unet)) < 1e-4


def test_what_diffusers_saves_with_its_metadata_is_scaled_as_it_says(tmp_path: Path) -> None:
    unet = new_unet()
    trained = copy.deepcopy(unet)
    trained.add_adapter(LoraConfig(r=4, lora_alpha=9, target_modules=["to_q", "conv1"]))
    loud(trained)
    config = {"r": 4, "lora_alpha": 9, "use_rslora": False}
    StableDiffusionPipeline.save_lora_weights(
        tmp_path,
        unet_lora_layers=get_peft_model_state_dict(trained),
        unet_lora_adapter_metadata=config,
    )
    adapter = read_adapter(tmp_path / "pytorch_lora_weights.safetensors", {"unet": unet}, CPU)
    assert distance(worn(unet, adapter), predicted(trained), predicted(unet)) < 1e-4


def test_text_towers_wear_theirs(tiny: Checkpoint, tmp_path: Path) -> None:
    tower = tiny.model.networks["text_encoder"]
    name = "lora_te_text_model_encoder_layers_0_self_attn_q_proj"
    up, down = torch.randn(32, 2), torch.randn(2, 32)
    tensors = {
        f"{name}.lora_up.weight": up,
        f"{name}.lora_down.weight": down,
        f"{name}.alpha": torch.tensor(1.0),
    }
    adapter = read(tensors, tiny.model.networks, tmp_path)
    ((layer, change),) = adapter.changes.items()
    assert layer.network == "text_encoder"
    weight, _ = changed_parameters(layer.module, [(change, 1.0)])
    assert torch.allclose(weight, layer.module.weight + 0.5 * up @ down, atol=1e-6)
    assert tower is not None


def test_all_layers_of_the_pencil_that_ships_are_worn(checkpoints: CheckpointStore) -> None:
    assert len(read_adapter(LORA, checkpoints.get("pocket").model.networks, CPU).changes) == 73


LOW = {"lora_up.weight": torch.ones(32, 2), "lora_down.weight": torch.ones(2, 32)}


def of(layer: str, **different: Tensor) -> dict[str, Tensor]:
    return {f"{layer}.{part}": tensor.clone() for part, tensor in (LOW | different).items()}


@pytest.mark.parametrize(
    ("tensors", "error", "said"),
    [
        (of(f"{ATTENTION}z"), Misfit, "1 of its 1 layers are not in it, .*_to_qz among them"),
        (of(ATTENTION) | of("lora_unet_far_away"), Misfit, "1 of its 2 layers are not in it"),
        (of("lora_te_text_model_encoder_layers_7_mlp_fc1"), Misfit, "1 of its 1 layers"),
        (of(ATTENTION, **{"lora_down.weight": torch.ones(2, 31)}), Misfit, "is 32x32 in it, and .*2x31"),
        (
            of(ATTENTION, **{"lora_up.weight": torch.ones(16, 2), "lora_down.weight": torch.ones(2, 64)}),
            Misfit,
            "in it, and",
        ),
        (of(ATTENTION, **{"lora_down.weight": torch.ones(3, 32)}), Misfit, "in it, and"),
        ({f"{ATTENTION}.diff": torch.ones(32, 16)}, Misfit, "is 32x32 in it, and 32x16"),
        ({f"{ATTENTION}.lora_up.weight": torch.ones(32, 2)}, AdapterError, "is a LoRA, incomplete"),
        (
            of(ATTENTION) | of("unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q"),
            AdapterError,
            "under two names",
        ),
        (
            of(ATTENTION, **{"lora_up.weight": torch.full((32, 2), torch.nan)}),
            AdapterDamaged,
            "lora_unet.*holds infinities",
        ),
        (of(ATTENTION, alpha=torch.tensor(torch.inf)), AdapterDamaged, "alpha is no number"),
        ({"emb_params": torch.ones(2, 32)}, AdapterError, "is an embedding"),
        ({"clip_l": torch.ones(2, 32), "clip_g": torch.ones(2, 48)}, AdapterError, "is an embedding"),
        (
            {"base_model.model.mid_block.attentions.0.proj_in.oft_R.weight": torch.ones(2, 3)},
            AdapterError,
            "an OFT of peft",
        ),
        ({"model.diffusion_model.input_blocks.0.0.weight": torch.ones(2)}, AdapterError, "is a checkpoint"),
        ({"controlnet_cond_embedding.conv_in.weight": torch.ones(2)}, AdapterError, "is a control network"),
        (of("lora_unet_double_blocks_0_img_attn_proj"), Misfit, "not in it"),
        (
            {"what.ever": torch.ones(1)},
            AdapterError,
            "1 tensors of 1 that mean nothing here, what.ever among them",
        ),
    ],
)
def test_what_cannot_be_worn_is_told_what_it_is(
    tiny: Checkpoint, tmp_path: Path, tensors: dict[str, Tensor], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as found:
        read(tensors, tiny.model.networks, tmp_path)
    assert type(found.value) is error


def test_what_is_cut_off_or_empty_is_damaged(tiny: Checkpoint, tmp_path: Path) -> None:
    whole = tmp_path / "whole.safetensors"
    save_file(of(ATTENTION), whole)
    cut = tmp_path / "cut.safetensors"
    for data in (whole.read_bytes()[:-8], b"\xff" * 100, b""):
        cut.write_bytes(data)
        with pytest.raises(AdapterDamaged, match="is damaged"):
            read_adapter(cut, tiny.model.networks, CPU)
    save_file({}, cut)
    with pytest.raises(AdapterDamaged, match="is empty"):
        read_adapter(cut, tiny.model.networks, CPU)


def test_reading_leaves_the_networks_alone_even_if_it_fails(tiny: Checkpoint, tmp_path: Path) -> None:
    unet = tiny.model.networks["unet"]
    before = {name: dict(vars(module)) for name, module in unet.named_modules()}
    with pytest.raises(Misfit):
        read(of(ATTENTION) | of("lora_te_text_model_encoder_layers_0_mlp_fc1"), tiny.model.networks, tmp_path)
    read(of(ATTENTION), tiny.model.networks, tmp_path)
    assert {name: dict(vars(module)) for name, module in unet.named_modules()} == before


def test_bundled_embeddings_come_along(tiny: Checkpoint, tmp_path: Path) -> None:
    vectors = torch.randn(2, 32)
    adapter = read(
        of(ATTENTION) | {"bundle_emb.cat.string_to_param.*": vectors}, tiny.model.networks, tmp_path
    )
    assert torch.equal(adapter.bundled["cat"]["string_to_param.*"], vectors)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float8_e4m3fn])
def test_numbers_are_read_in_the_precision_of_the_layer(
    tiny: Checkpoint, tmp_path: Path, dtype: torch.dtype
) -> None:
    adapter = read(
        {name: tensor.to(dtype) for name, tensor in of(ATTENTION).items()}, tiny.model.networks, tmp_path
    )
    ((layer, change),) = adapter.changes.items()
    weight, _ = changed_parameters(layer.module, [(change, 1.0)])
    assert weight.dtype == torch.float32
    assert torch.allclose(weight - layer.module.weight, torch.full((32, 32), 2.0), atol=1e-5)
