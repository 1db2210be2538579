"""Every name that is in use for a layer of the published checkpoints leads to it."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from gpuworker.adapters.layers import Layer, Layers
from gpuworker.families.table import FAMILIES


@lru_cache(3)
def networks(family: str) -> dict[str, Any]:
    """The published networks of a family, without their numbers."""
    form = FAMILIES[family].single_file
    assert form is not None
    config = json.loads((form.published / "unet" / "config.json").read_text())
    towers = {"text_encoder": CLIPTextModel, "text_encoder_2": CLIPTextModelWithProjection}
    with torch.device("meta"):
        return {"unet": UNet2DConditionModel.from_config(config)} | {
            name: tower(CLIPTextConfig.from_pretrained(form.published / name))
            for name, tower in towers.items()
            if (form.published / name).exists()
        }


@pytest.mark.parametrize(
    ("family", "layers", "names"),
    [
        (
            "sd1",
            391,
            {
                "lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q": "down_blocks.0.attentions.0"
                ".transformer_blocks.0.attn1.to_q",
                "lora_unet_input_blocks_3_0_op": "down_blocks.0.downsamplers.0.conv",
                "lora_unet_output_blocks_2_1_conv": "up_blocks.0.upsamplers.0.conv",
                "lora_unet_output_blocks_5_2_conv": "up_blocks.1.upsamplers.0.conv",
                "lora_unet_output_blocks_11_0_skip_connection": "up_blocks.3.resnets.2.conv_shortcut",
                "diffusion_model.middle_block.2.emb_layers.1": "mid_block.resnets.1.time_emb_proj",
                "unet.up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_out": "up_blocks.1.attentions.0"
                ".transformer_blocks.0.attn2.to_out.0",
            },
        ),
        ("sd2", 391, {"lora_unet_output_blocks_8_1_proj_out": "up_blocks.2.attentions.2.proj_out"}),
        (
            "sdxl",
            1050,
            {
                "lora_unet_input_blocks_7_1_transformer_blocks_9_ff_net_0_proj": "down_blocks.2.attentions.0"
                ".transformer_blocks.9.ff.net.0.proj",
                "lora_unet_label_emb_0_2": "add_embedding.linear_2",
                "lora_unet_output_blocks_2_2_conv": "up_blocks.0.upsamplers.0.conv",
                "lora_unet_out_2": "conv_out",
            },
        ),
    ],
)
def test_a_unets_layers_are_found_by_every_name(family: str, layers: int, names: dict[str, str]) -> None:
    unet = networks(family)["unet"]
    index = Layers(networks(family))
    own = [name for name, module in unet.named_modules() if hasattr(module, "weight")]
    assert len(own) == layers
    for name in own:
        right = Layer("unet", name, unet.get_submodule(name))
        flat = name.replace(".", "_")
        for spelt in (
            f"lora_unet_{flat}",
            f"unet.{name}",
            f"base_model.model.{name}",
            f"lycoris_{flat}",
            name,
        ):
            assert index.find(spelt) == right
    for theirs, ours in names.items():
        found = index.find(theirs)
        assert found is not None
        assert found.name == ours
    # ldm has a name for each layer, and none for two of them.
    ldm = re.compile(r"(input_blocks|middle_block|output_blocks|time_embed|label_emb|out)_\d")
    in_ldm = {name: layer for name, layer in index._named["unet"].items() if ldm.match(name)}
    assert set(in_ldm.values()) == set(index._named["unet"].values())


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_text_towers_are_told_apart(family: str) -> None:
    index = Layers(networks(family))
    inside = "encoder.layers.3.mlp.fc1"
    flat = inside.replace(".", "_")
    first = {f"lora_te_text_model_{flat}", f"text_encoder.text_model.{inside}", f"text_encoder.{inside}"}
    first |= {f"clip_l.text_model.{inside}", f"lora_te1_text_model_{flat}", f"te.text_model.{inside}"}
    first |= {f"text_encoders.clip_l.transformer.text_model.{inside}", f"lycoris_te_text_model_{flat}"}
    for name in first:
        found = index.find(name)
        assert found is not None
        assert found.network == "text_encoder"
        assert found.name.removeprefix("text_model.") == inside
    second = {
        f"lora_te2_text_model_{flat}",
        f"text_encoder_2.text_model.{inside}",
        f"clip_g.text_model.{inside}",
    }
    for name in second:
        found = index.find(name)
        assert (found and found.network) == ("text_encoder_2" if family == "sdxl" else None)
    bare = index.find(f"base_model.model.text_model.{inside}")
    assert (bare is None) is (family == "sdxl"), "which tower it means cannot be told"


def test_the_projection_of_the_second_tower_is_a_layer() -> None:
    found = Layers(networks("sdxl")).find("lora_te2_text_projection")
    assert found is not None
    assert found.name == "text_projection"


@pytest.mark.parametrize("name", ["lora_unet_nowhere", "lora_unet_", "", "transformer.blocks.0.attn.to_q"])
def test_what_is_nowhere_is_not_found(name: str) -> None:
    assert Layers(networks("sd1")).find(name) is None
