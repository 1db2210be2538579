"""A checkpoint in diffusers' layout, written as one file in the layout of CompVis' ldm."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_UNET = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}
_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def unet_name(name: str) -> str:
    """The name of a UNet's weight, for one layer a block and attention in the innermost block of two."""
    for ours, theirs in _UNET.items():
        if name.startswith(ours + "."):
            name = theirs + name.removeprefix(ours)
    if match := re.match(r"down_blocks\.(\d)\.(resnets|attentions|downsamplers)\.0\.", name):
        block, rest = 1 + 2 * int(match[1]), name[match.end() :]
        if match[2] == "downsamplers":
            name = f"input_blocks.{block + 1}.0.op.{rest.removeprefix('conv.')}"
        else:
            name = f"input_blocks.{block}.{int(match[2] == 'attentions')}.{rest}"
    if match := re.match(r"up_blocks\.(\d)\.(resnets|attentions|upsamplers)\.(\d)\.", name):
        block, rest = 2 * int(match[1]) + int(match[3]), name[match.end() :]
        if match[2] == "upsamplers":
            name = f"output_blocks.{block + 1}.2.{rest}"
        else:
            name = f"output_blocks.{block}.{int(match[2] == 'attentions')}.{rest}"
    if "transformer_blocks" not in name:
        name = rename_parts(name, _RESNET)
    return "model.diffusion_model." + name


def vae_name(name: str) -> str:
    """The name of an autoencoder's weight, for four blocks and attention in the middle."""
    name = re.sub(r"encoder\.down_blocks\.(\d)\.resnets\.(\d)", r"encoder.down.\1.block.\2", name)
    name = re.sub(r"encoder\.down_blocks\.(\d)\.downsamplers\.0", r"encoder.down.\1.downsample", name)
    name = re.sub(
        r"up_blocks\.(\d)\.(resnets\.|upsamplers\.0)",
        lambda match: f"up.{3 - int(match[1])}." + {"r": "block.", "u": "upsample"}[match[2][0]],
        name,
    )
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda match: f"mid.block_{int(match[1]) + 1}", name)
    if "mid_block.attentions.0." in name:
        name = rename_parts(name.replace("mid_block.attentions.0", "mid.attn_1"), _ATTENTION)
    return "first_stage_model." + name.replace("conv_norm_out", "norm_out").replace(
        "conv_shortcut", "nin_shortcut"
    )


def rename_parts(name: str, names: dict[str, str]) -> str:
    """`name` with the first part that `names` knows replaced."""
    for ours, theirs in names.items():
        if f".{ours}." in name:
            return name.replace(f".{ours}.", f".{theirs}.")
    return name


def clip_names(tower: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a text tower under the names of transformers, which ldm took over for CLIP."""
    return {"text_model." + name.removeprefix("text_model."): weight for name, weight in tower.items()}


_OPENCLIP = {
    "embeddings.token_embedding": "token_embedding",
    "embeddings.position_embedding.weight": "positional_embedding",
    "encoder.layers.": "transformer.resblocks.",
    "final_layer_norm": "ln_final",
    "layer_norm": "ln_",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn": "attn",
}


def openclip_names(tower: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a text tower as OpenCLIP has them: queries, keys and values are one matrix."""
    renamed: dict[str, Tensor] = {}
    for name, weight in tower.items():
        name = name.removeprefix("text_model.")
        for ours, theirs in _OPENCLIP.items():
            name = name.replace(ours, theirs)
        renamed[name] = weight
    if (projection := renamed.pop("text_projection.weight", None)) is not None:
        renamed["text_projection"] = projection.T.contiguous()
    for name in [name for name in renamed if ".q_proj." in name]:
        three = [renamed.pop(name.replace("q_proj", letter + "_proj")) for letter in "qkv"]
        renamed[name.replace("q_proj.", "in_proj_")] = torch.cat(three)
    return renamed


_TOWERS: dict[str, list[tuple[str, str, Callable[[dict[str, Tensor]], dict[str, Tensor]]]]] = {
    "sd1": [("text_encoder", "cond_stage_model.transformer.", clip_names)],
    "sd2": [("text_encoder", "cond_stage_model.model.", openclip_names)],
    "sdxl": [
        ("text_encoder", "conditioner.embedders.0.transformer.", clip_names),
        ("text_encoder_2", "conditioner.embedders.1.model.", openclip_names),
    ],
}


def write_single_file(folder: Path, file: Path, family: str = "sd1") -> None:
    """Write the checkpoint in `folder` as one file."""
    tensors: dict[str, Tensor] = {}
    for name, tensor in load_file(folder / "unet" / "diffusion_pytorch_model.safetensors").items():
        tensors[unet_name(name)] = tensor
    for name, tensor in load_file(folder / "vae" / "diffusion_pytorch_model.safetensors").items():
        # Attention was a convolution of 1 x 1 there.
        is_attention = "attentions" in name and name.endswith("weight") and tensor.ndim == 2
        tensors[vae_name(name)] = tensor[:, :, None, None].contiguous() if is_attention else tensor
    for part, prefix, renamed in _TOWERS[family]:
        for name, tensor in renamed(load_file(folder / part / "model.safetensors")).items():
            tensors[prefix + name] = tensor
    save_file(tensors, file)
