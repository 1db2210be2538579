"""Which layer of a checkpoint a name in a LoRA file means, whichever program wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from torch import nn

_NOT_WORD = re.compile(r"[^0-9A-Za-z]+")
_PREFIXES: dict[str, tuple[str, ...]] = {
    "text_encoder_2": (
        *("lora_te2_", "lycoris_te2_", "te2_", "text_encoder_2_", "clip_g_"),
        *("text_encoders_clip_g_transformer_", "lora_clip_g_", "conditioner_embedders_1_model_"),
    ),
    "text_encoder": (
        *("lora_te1_", "lora_te_", "lycoris_te1_", "lycoris_te_", "te1_", "te_", "text_encoder_", "clip_l_"),
        *("text_encoders_clip_l_transformer_", "text_encoders_clip_h_transformer_", "lora_clip_l_"),
        *("cond_stage_model_transformer_", "conditioner_embedders_0_transformer_"),
    ),
    "unet": ("lora_unet_", "lycoris_unet_", "unet_", "model_diffusion_model_", "diffusion_model_"),
}
"""What stands before a layer's name: of kohya's scripts, LyCORIS, diffusers, ldm, ComfyUI and OneTrainer."""
_WRAPPERS = ("base_model_model_", "lycoris_", "lora_")
"""What says nothing of the network: of peft, and of LyCORIS around a network of its own."""
_PROCESSED = {
    ".to_out.0": ".to_out",
    ".q_proj": ".to_q",
    ".k_proj": ".to_k",
    ".v_proj": ".to_v",
    ".out_proj": ".to_out",
}
"""The ends of names as attention processors were saved, once."""
_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
"""ldm's names for the layers inside a residual block."""
_OUTER = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}
"""ldm's names for what stands in no numbered block of a UNet."""


class Layer(NamedTuple):
    """A layer of a network, by the name that diffusers or transformers give it."""

    network: str
    name: str
    module: Any


class Layers:
    """The layers that have weights, findable under every name that is in use for them."""

    def __init__(self, networks: Mapping[str, Any]) -> None:
        """Take the networks of a checkpoint by the names of their folders."""
        self._named = {
            network: dict(_named(network, networks[network])) for network in _PREFIXES if network in networks
        }

    def find(self, name: str) -> Layer | None:
        """Give the layer that a name means, or None."""
        flat = _NOT_WORD.sub("_", name)
        for network, prefixes in _PREFIXES.items():
            for prefix in prefixes:
                if flat.startswith(prefix) and (layer := self._inside(network, flat[len(prefix) :])):
                    return layer
        found = [layer for network in self._named if (layer := self._inside(network, flat))]
        return found[0] if len(found) == 1 else None

    def _inside(self, network: str, flat: str) -> Layer | None:
        for wrapper in _WRAPPERS:
            flat = flat.removeprefix(wrapper)
        return self._named.get(network, {}).get(flat)


def _named(network: str, root: nn.Module) -> Iterator[tuple[str, Layer]]:
    blocks = dict(_ldm_blocks(root)) if network == "unet" else {}
    for name, module in root.named_modules():
        if isinstance(getattr(module, "weight", None), nn.Parameter):
            layer = Layer(network, name, module)
            for spelling in (name, *_ldm_names(name, blocks), *_tower_names(name, network)):
                yield _NOT_WORD.sub("_", spelling), layer
                for ours, theirs in _PROCESSED.items():
                    if spelling.endswith(ours):
                        yield _NOT_WORD.sub("_", spelling.removesuffix(ours) + theirs), layer


def _tower_names(name: str, network: str) -> Iterator[str]:
    """Give a text tower's layer with and without the module that some versions of transformers wrap it in."""
    if network != "unet":
        yield name.removeprefix("text_model.")
        yield f"text_model.{name.removeprefix('text_model.')}"


def _ldm_names(name: str, blocks: Mapping[str, str]) -> Iterator[str]:
    """Give the name in ldm's layout (Rombach et al., arXiv 2112.10752; SDXL's sgm has the same)."""
    steps = name.split(".")
    for end in range(len(steps), 0, -1):
        if (block := blocks.get(".".join(steps[:end]))) is None:
            continue
        inner = steps[end:]
        if inner and "resnets" in steps[:end]:
            inner = [_RESNET.get(inner[0], inner[0]), *inner[1:]]
        yield ".".join([block, *inner])
        return


def _ldm_blocks(unet: Any) -> Iterator[tuple[str, str]]:
    """Give each block of a UNet in diffusers' layout, and what ldm calls it."""
    yield from _OUTER.items()
    number = 1
    for at, block in enumerate(unet.down_blocks):
        attentions = len(getattr(block, "attentions", ()))
        for place in range(len(block.resnets)):
            yield f"down_blocks.{at}.resnets.{place}", f"input_blocks.{number}.0"
            if place < attentions:
                yield f"down_blocks.{at}.attentions.{place}", f"input_blocks.{number}.1"
            number += 1
        if block.downsamplers:
            yield f"down_blocks.{at}.downsamplers.0.conv", f"input_blocks.{number}.0.op"
            number += 1
    number = 0
    for at, block in enumerate(unet.up_blocks):
        attentions = len(getattr(block, "attentions", ()))
        for place in range(len(block.resnets)):
            yield f"up_blocks.{at}.resnets.{place}", f"output_blocks.{number}.0"
            if place < attentions:
                yield f"up_blocks.{at}.attentions.{place}", f"output_blocks.{number}.1"
            number += 1
        if block.upsamplers:
            inside = 2 if attentions else 1
            yield f"up_blocks.{at}.upsamplers.0.conv", f"output_blocks.{number - 1}.{inside}.conv"
