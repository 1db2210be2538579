"""Checkpoints of random weights in the layout of each family, so small that a picture takes a moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

BEGIN, END = "<|startoftext|>", "<|endoftext|>"
WIDTH, WIDTH_2 = 32, 48
"""Of the text towers' states. Single files of XL tell the towers apart by them."""
SCHEDULE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


def new_tokenizer(padding: str = END) -> CLIPTokenizer:
    """One token a letter."""
    letters = sorted(ByteLevel.alphabet())
    symbols = [*letters, *(letter + "</w>" for letter in letters), BEGIN, END]
    return CLIPTokenizer(
        vocab={symbol: i for i, symbol in enumerate(symbols)},
        merges=[],
        unk_token=END,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=padding,
        model_max_length=77,
    )


def new_tower(tokenizer: CLIPTokenizer, activation: str = "quick_gelu", width: int = WIDTH) -> CLIPTextConfig:
    """The configuration of a text tower that reads what the tokenizer writes."""
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=64,
        projection_dim=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=77,
        hidden_act=activation,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def new_unet(**different: Any) -> UNet2DConditionModel:
    """Two blocks, the inner one with attention, for latents of 8 x 8."""
    options = {
        "sample_size": 8,
        "block_out_channels": (16, 32),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
        "layers_per_block": 1,
        "cross_attention_dim": WIDTH,
        "attention_head_dim": 2,
        "norm_num_groups": 8,
    }
    unet = UNet2DConditionModel(**options | different)
    for name, weight in unet.named_parameters():
        # Random networks hardly hear what they are told; loud, a mixed-up prompt shows in the picture.
        if "attn2.to_out.0.weight" in name or "attn2.to_v" in name or "add_embedding.linear_2" in name:
            weight.data *= 6
    return unet


def new_vae(width: int = 8, stages: int = 4, **different: Any) -> AutoencoderKL:
    """Each stage but one halves the sides."""
    options = {
        "block_out_channels": (width,) * stages,
        "down_block_types": ("DownEncoderBlock2D",) * stages,
        "up_block_types": ("UpDecoderBlock2D",) * stages,
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "latent_channels": 4,
        "sample_size": 64,
    }
    return AutoencoderKL(**options | different)


def write_sd1(
    folder: Path,
    prediction_type: str = "epsilon",
    unet: dict[str, Any] | None = None,
    vae: dict[str, Any] | None = None,
    **saving: Any,
) -> None:
    """Stable Diffusion 1.x, or what differs from it by the options of its UNet and autoencoder."""
    torch.manual_seed(0)
    tokenizer = new_tokenizer()
    StableDiffusionPipeline(
        unet=new_unet(**unet or {}),
        vae=new_vae(**vae or {}),
        text_encoder=CLIPTextModel(new_tower(tokenizer)),
        tokenizer=tokenizer,
        scheduler=DDIMScheduler(
            **SCHEDULE, clip_sample=False, set_alpha_to_one=False, prediction_type=prediction_type
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder, **saving)


def write_sd2(folder: Path, turbo: bool = False, **saving: Any) -> None:
    """Stable Diffusion 2.1, which predicts velocity, or SD-Turbo, which predicts noise."""
    torch.manual_seed(1)
    tokenizer = new_tokenizer(padding="!")
    scheduler = (
        EulerDiscreteScheduler(**SCHEDULE, timestep_spacing="trailing")
        if turbo
        else DDIMScheduler(
            **SCHEDULE, clip_sample=False, set_alpha_to_one=False, prediction_type="v_prediction"
        )
    )
    StableDiffusionPipeline(
        unet=new_unet(use_linear_projection=True, attention_head_dim=(2, 4), upcast_attention=True),
        vae=new_vae(),
        text_encoder=CLIPTextModel(new_tower(tokenizer, "gelu")),
        tokenizer=tokenizer,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder, **saving)


def write_sdxl(
    folder: Path,
    turbo: bool = False,
    empty_is_zero: bool = True,
    unet: dict[str, Any] | None = None,
    **saving: Any,
) -> None:
    """Stable Diffusion XL, or SDXL-Turbo, which differs by its scheduler."""
    torch.manual_seed(2)
    tokenizer, tokenizer_2 = new_tokenizer(), new_tokenizer(padding="!")
    scheduler = (
        EulerAncestralDiscreteScheduler(**SCHEDULE, timestep_spacing="trailing")
        if turbo
        else EulerDiscreteScheduler(**SCHEDULE)
    )
    StableDiffusionXLPipeline(
        unet=new_unet(
            use_linear_projection=True,
            attention_head_dim=(2, 4),
            cross_attention_dim=WIDTH + WIDTH_2,
            transformer_layers_per_block=(1, 2),
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=WIDTH_2 + 6 * 8,
            **unet or {},
        ),
        vae=new_vae(scaling_factor=0.13025, force_upcast=True),
        text_encoder=CLIPTextModel(new_tower(tokenizer)),
        tokenizer=tokenizer,
        text_encoder_2=CLIPTextModelWithProjection(new_tower(tokenizer_2, "gelu", WIDTH_2)),
        tokenizer_2=tokenizer_2,
        scheduler=scheduler,
        force_zeros_for_empty_prompt=empty_is_zero,
        add_watermarker=False,
    ).save_pretrained(folder, **saving)
