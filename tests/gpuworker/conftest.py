"""A Stable Diffusion 1.x checkpoint of random weights, so small that a picture takes a moment."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from gpuworker.checkpoints.store import CheckpointStore

BEGIN, END = "<|startoftext|>", "<|endoftext|>"


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Networks this small are slower on many threads, and much slower on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def new_tokenizer() -> CLIPTokenizer:
    """One token a letter."""
    letters = sorted(ByteLevel.alphabet())
    symbols = [*letters, *(letter + "</w>" for letter in letters), BEGIN, END]
    return CLIPTokenizer(
        vocab={symbol: i for i, symbol in enumerate(symbols)},
        merges=[],
        unk_token=END,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=END,
        model_max_length=77,
    )


def write_tiny_checkpoint(folder: Path, prediction_type: str) -> None:
    """Write a whole checkpoint: pictures of 64 px, latents of 8 x 8 x 4."""
    torch.manual_seed(0)
    tokenizer = new_tokenizer()
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=32,
        attention_head_dim=2,
        norm_num_groups=8,
    )
    for name, weight in unet.named_parameters():
        # Random attention hardly reads the prompt; loud, a mixed-up prompt shows in the picture.
        if "attn2.to_out.0.weight" in name or "attn2.to_v" in name:
            weight.data *= 6
    StableDiffusionPipeline(
        vae=AutoencoderKL(
            block_out_channels=(8, 8, 8, 8),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=1,
            norm_num_groups=4,
            latent_channels=4,
            sample_size=64,
        ),
        text_encoder=CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(tokenizer),
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                max_position_embeddings=77,
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        ),
        tokenizer=tokenizer,
        unet=unet,
        scheduler=DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
            prediction_type=prediction_type,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)


@pytest.fixture(scope="session")
def checkpoints_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoints folder with `tiny`, which predicts noise, and `tiny-v`, which predicts velocity."""
    folder = tmp_path_factory.mktemp("checkpoints")
    write_tiny_checkpoint(folder / "tiny", "epsilon")
    shutil.copytree(folder / "tiny", folder / "tiny-v")
    config = folder / "tiny-v" / "scheduler" / "scheduler_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "prediction_type": "v_prediction"}))
    return folder


@pytest.fixture(scope="session")
def checkpoints(checkpoints_folder: Path) -> CheckpointStore:
    """The store over that folder, on the CPU."""
    return CheckpointStore(checkpoints_folder, "cpu")
