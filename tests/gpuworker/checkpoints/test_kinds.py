"""What is no checkpoint is told what it is, by names and shapes that were published."""

from __future__ import annotations

import re

import pytest

from gpuworker.checkpoints.header import Described
from gpuworker.checkpoints.kinds import other_kind, unserved_unet

UNET = "model.diffusion_model."
FIRST = f"{UNET}input_blocks.0.0.weight"
XL = "conditioner.embedders.1.model.ln_final.weight"


def tensors(*names: str, **shapes: tuple[int, ...]) -> dict[str, Described]:
    return {name: Described("F16", (4, 4)) for name in names} | {
        name: Described("F16", shape) for name, shape in shapes.items()
    }


@pytest.mark.parametrize(
    ("names", "what", "advice"),
    [
        ([], "empty", "download"),
        (["lora_unet_mid_block_attentions_0_proj_in.lora_down.weight"], "LoRA", "put it into loras"),
        (["unet.mid_block.attentions.0.to_k.lora_A.weight"], "LoRA", "put it into loras"),
        (["lora_te_text_model_encoder_layers_0_mlp_fc1.hada_w1_a"], "LoRA", "put it into loras"),
        (["lora_unet_a.lokr_w1"], "LoRA", "put it into loras"),
        (["lora_unet_a.diff"], "LoRA", "put it into loras"),
        (["unet.mid_block.attn1.processor.to_q_lora.down.weight"], "LoRA", "put it into loras"),
        (["emb_params"], "embedding", "put it into embeddings"),
        (["clip_l", "clip_g"], "embedding", "put it into embeddings"),
        (["<cat-toy>"], "embedding", "put it into embeddings"),
        (
            ["decoder.conv_in.weight", "encoder.conv_in.weight", "quant_conv.bias"],
            "VAE",
            r"\.vae\.safetensors",
        ),
        (["first_stage_model.decoder.conv_in.weight"], "VAE", r"\.vae\.safetensors"),
        (["control_model.input_blocks.0.0.weight"], "ControlNet", "take it out"),
        (["controlnet_cond_embedding.conv_in.weight", "down_blocks.0.a"], "ControlNet", "take it out"),
        (["lora_controlnet", "input_blocks.0.0.up"], "ControlNet", "take it out"),
        (["adapter.body.0.block1.weight"], "T2I-Adapter", "take it out"),
        (["image_proj.proj.weight", "ip_adapter.1.to_k_ip.weight"], "IP-Adapter", "take it out"),
        (["down_blocks.0.motion_modules.0.norm.bias"], "AnimateDiff", "take it out"),
        (["768.0.linear.0.weight"], "hypernetwork", "take it out"),
        (["model.diffusion_model.double_blocks.0.img_attn.qkv.weight"], "Flux", "choose"),
        (["model.diffusion_model.joint_blocks.0.x_block.mlp.fc1.weight"], "Stable Diffusion 3", "choose"),
        (["model.diffusion_model.cap_embedder.0.weight"], "transformer of another family", "choose"),
        (["encoder.block.0.layer.0.SelfAttention.k.weight", "shared.weight"], "text encoder", "take it out"),
        (["text_model.encoder.layers.0.mlp.fc1.weight", "vision_model.a"], "CLIP", "take it out"),
        (
            [FIRST, "first_stage_model.decoder.conv_in.weight"],
            "UNet without its text tower",
            "whole checkpoint",
        ),
        (["input_blocks.0.0.weight", "out.2.bias"], "UNet alone", "whole checkpoint"),
        (["down_blocks.0.resnets.0.conv1.weight", "conv_in.weight"], "UNet alone", "model_index"),
        (["body.0.rdb1.conv1.weight", "conv_first.weight"], "upscaler", "kind upscaler"),
        (["model.0.conv.weight", "model.22.dfl.conv.weight"], "YOLO", "kind detector"),
    ],
)
def test_by_names(names: list[str], what: str, advice: str) -> None:
    kind = other_kind(tensors(*names))
    assert kind is not None
    assert what in kind.what
    assert re.search(advice, kind.advice)


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (tensors(**{FIRST: (320, 8, 3, 3)}), "InstructPix2Pix"),
        (tensors(**{FIRST: (320, 5, 3, 3)}), "depth"),
        (tensors(**{FIRST: (320, 7, 3, 3)}), "upscaling"),
        (tensors(**{FIRST: (320, 12, 3, 3)}), "12 channels"),
        (tensors("conditioner.embedders.0.model.ln_final.weight", **{FIRST: (384, 4, 3, 3)}), "refiner"),
        (tensors(XL, f"{UNET}middle_block.1.norm.weight", **{FIRST: (320, 4, 3, 3)}), "SSD-1B"),
        (tensors(f"{UNET}input_blocks.1.1.time_stack.0.weight", **{FIRST: (320, 8, 3, 3)}), "video"),
        (tensors("embedder.model.visual.proj", **{FIRST: (320, 4, 3, 3)}), "unCLIP"),
    ],
)
def test_by_shapes(found: dict[str, Described], what: str) -> None:
    kind = unserved_unet(found)
    assert kind is not None
    assert what in kind.what


@pytest.mark.parametrize("channels", [4, 9])
def test_what_is_served_is_of_no_other_kind(channels: int) -> None:
    assert unserved_unet(tensors("cond_stage_model.a", **{FIRST: (320, channels, 3, 3)})) is None
