"""Writes a Stable Diffusion 1.x checkpoint as one file.

`python -m pocket.checkpoint.single_file NAME.safetensors` writes the pocket checkpoint. The names
of its tensors are those of CompVis' ldm, which A1111 and ComfyUI read and civitai's files have.
"""

import argparse
import json
import re
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from pocket import CHECKPOINT

_UNET = {
    r"^time_embedding\.linear_(\d)": lambda m: f"time_embed.{2 * int(m[1]) - 2}",
    r"^conv_in\.": "input_blocks.0.0.",
    r"^conv_norm_out\.": "out.0.",
    r"^conv_out\.": "out.2.",
    r"^mid_block\.resnets\.(\d)": lambda m: f"middle_block.{2 * int(m[1])}",
    r"^mid_block\.attentions\.0": "middle_block.1",
}
_UNET_RESNET = {
    r"\.norm1\.": ".in_layers.0.",
    r"\.conv1\.": ".in_layers.2.",
    r"\.time_emb_proj\.": ".emb_layers.1.",
    r"\.norm2\.": ".out_layers.0.",
    r"\.conv2\.": ".out_layers.3.",
    r"\.conv_shortcut\.": ".skip_connection.",
}
_VAE = {
    r"down_blocks\.(\d+)\.resnets": r"down.\1.block",
    r"down_blocks\.(\d+)\.downsamplers\.0": r"down.\1.downsample",
    r"mid_block\.resnets\.(\d)": lambda m: f"mid.block_{int(m[1]) + 1}",
    r"mid_block\.attentions\.0\.group_norm": "mid.attn_1.norm",
    r"mid_block\.attentions\.0\.to_([qkv])": r"mid.attn_1.\1",
    r"mid_block\.attentions\.0\.to_out\.0": "mid.attn_1.proj_out",
    r"conv_norm_out": "norm_out",
    r"conv_shortcut": "nin_shortcut",
}


def _renamed(name: str, rules: dict[str, Any]) -> str:
    for pattern, replacement in rules.items():
        name = re.sub(pattern, replacement, name)
    return name


def unet_name(name: str, config: dict[str, Any]) -> str:
    """Name a UNet's weight as ldm does. There, blocks are numbered through, resamplers among them."""
    layers = config["layers_per_block"]
    if found := re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", name):
        way, block, kind, layer, rest = found[1], int(found[2]), found[3], int(found[4]), found[5]
        if way == "down":
            place = 1 + block * (layers + 1) + (layers if kind == "downsamplers" else layer)
            within = {"resnets": "0", "attentions": "1", "downsamplers": "0"}[kind]
            rest = re.sub("^conv", "op", rest) if kind == "downsamplers" else rest
        else:
            place = block * (layers + 1) + (layers if kind == "upsamplers" else layer)
            attends = "Attn" in config["up_block_types"][block]
            within = {"resnets": "0", "attentions": "1", "upsamplers": "2" if attends else "1"}[kind]
        name = f"{'input' if way == 'down' else 'output'}_blocks.{place}.{within}.{rest}"
    name = _renamed(name, _UNET)
    if "transformer_blocks" not in name:
        name = _renamed(name, _UNET_RESNET)
    return f"model.diffusion_model.{name}"


def vae_name(name: str, config: dict[str, Any]) -> str:
    """Name an autoencoder's weight as ldm does. There, the decoder's blocks are counted from its end."""
    last = len(config["block_out_channels"]) - 1
    name = re.sub(r"up_blocks\.(\d+)\.resnets", lambda m: f"up.{last - int(m[1])}.block", name)
    name = re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", lambda m: f"up.{last - int(m[1])}.upsample", name)
    return f"first_stage_model.{_renamed(name, _VAE)}"


def _read(part: Path, stem: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    return load_file(part / f"{stem}.safetensors"), json.loads((part / "config.json").read_text())


def write_single_file(folder: Path, file: Path) -> None:
    """Write the checkpoint in `folder`, in diffusers' layout, as `file`, whose name ends in .safetensors.

    Beside it goes a folder of the same name with configurations and tokenizer: nothing in the file says what
    widths and vocabulary it has, and gpuworker/checkpoints/single_file.py looks for them there.
    """
    tensors: dict[str, Tensor] = {}
    weights, config = _read(folder / "unet", "diffusion_pytorch_model")
    tensors |= {unet_name(name, config): tensor for name, tensor in weights.items()}
    weights, config = _read(folder / "vae", "diffusion_pytorch_model")
    for name, tensor in weights.items():
        # Attention is made of convolutions of 1 x 1 there.
        flat = ".attentions." in name and tensor.ndim == 2
        tensors[vae_name(name, config)] = tensor[:, :, None, None] if flat else tensor
    weights, _ = _read(folder / "text_encoder", "model")
    for name, tensor in weights.items():
        name = f"cond_stage_model.transformer.text_model.{name.removeprefix('text_model.')}"
        tensors[name] = tensor
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, file)
    own = file.with_suffix("")
    if own.resolve() != folder.resolve():
        ignored = shutil.ignore_patterns("*.safetensors")
        shutil.copytree(folder, own, ignore=ignored, dirs_exist_ok=True)


def main() -> None:
    """Write the file and what belongs beside it."""
    parser = argparse.ArgumentParser(prog="python -m pocket.checkpoint.single_file", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="NAME.safetensors; NAME/ goes beside it")
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT, help="folder in diffusers' layout")
    args = parser.parse_args()
    if args.file.suffix != ".safetensors":
        parser.error("FILE must end in .safetensors")
    write_single_file(args.checkpoint, args.file)


if __name__ == "__main__":
    main()
