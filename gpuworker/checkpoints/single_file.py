"""Loads a single-file checkpoint (the layout of CompVis' ldm), which holds weights and nothing else.

`NAME.safetensors` has the tensors of `model.diffusion_model.*` (the UNet), `first_stage_model.*` (the
autoencoder), and the text towers: `cond_stage_model.transformer.text_model.*` in Stable Diffusion 1.x,
`cond_stage_model.model.*` (OpenCLIP) in 2.x, `conditioner.embedders.0.*` and `.1.*` in XL. What is left out,
configurations and tokenizers, comes from the first of

1. the folder `NAME/` beside it, in diffusers' layout without the weights: `model_index.json`,
   `unet/config.json`, `vae/config.json`, `text_encoder/config.json`, `tokenizer/`,
   `scheduler/scheduler_config.json` (and `text_encoder_2/`, `tokenizer_2/` for XL), and `preview.json` if the
   latents are not Stable Diffusion's. This describes any model, whatever its widths and its vocabulary.
2. the file `NAME.yaml` beside it, ldm's own configuration, as A1111 reads it: the UNet, the autoencoder and
   what is predicted (`parameterization`). The text towers and tokenizers are those of its family.
3. this package, which brings the published configurations of 1.x, 2.x (768-v) and XL.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTokenizer

from gpuworker.checkpoints.check import check_file
from gpuworker.checkpoints.errors import CheckpointError, first_line

_SD1 = Path(__file__).parent / "sd1"


def load_file(file: Path, dtype: torch.dtype) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """The parts of a single-file checkpoint, and the file. Raises `CheckpointError`."""
    text_encoder_is_clip = check_file(file)
    options: dict[str, Any] = {}
    if (own := file.with_suffix("")).is_dir():
        options = {"config": str(own)}
    elif text_encoder_is_clip:
        options = {"config": str(_SD1), "tokenizer": sd1_tokenizer()}
    try:
        pipeline = StableDiffusionPipeline.from_single_file(
            str(file), dtype=dtype, safety_checker=None, feature_extractor=None, **options
        )
    except Exception as error:
        raise CheckpointError(
            f"{file} could not be loaded ({first_line(error)}): download it again, or put the"
            f" model_index.json, configurations and tokenizer of the model it derives from into {own}."
        ) from error
    parts = {part: getattr(pipeline, part) for part in ("unet", "vae", "text_encoder", "tokenizer")}
    return {**parts, "scheduler_config": dict(pipeline.scheduler.config)}, (file,)


def sd1_tokenizer() -> CLIPTokenizer:
    """CLIP's tokenizer, its vocabulary of 49,408 put together from the 48,894 merges (arXiv 2103.00020).

    First come the bytes, printable ones leading, then the bytes that end a word, then what is merged.
    """
    lines = (_SD1 / "tokenizer" / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    merges = [tuple(line.split()) for line in lines]
    printable = [chr(byte) for byte in (*range(33, 127), *range(161, 173), *range(174, 256))]
    letters = [*printable, *sorted(set(ByteLevel.alphabet()) - set(printable))]
    symbols = [*letters, *(letter + "</w>" for letter in letters), *map("".join, merges)]
    vocab = {symbol: i for i, symbol in enumerate((*symbols, "<|startoftext|>", "<|endoftext|>"))}
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=77)
