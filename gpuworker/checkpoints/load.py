"""Loads a checkpoint through diffusers, from safetensors only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from gpuworker.checkpoints.check import check_folder
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.locate import is_hub_id, locate
from gpuworker.checkpoints.preview import SD1, Preview
from gpuworker.checkpoints.single_file import load_file
from gpuworker.checkpoints.weights import read_json, sha256

_CLASSES = {"unet": UNet2DConditionModel, "vae": AutoencoderKL, "text_encoder": CLIPTextModel}


def load(name: str, folder: Path, device: torch.device) -> Checkpoint:
    """Load `pocket`, an entry of the checkpoints folder, or a Hub id, in fp16 on CUDA and fp32 on a CPU.

    Raises `CheckpointError`.
    """
    path = download(name) if is_hub_id(name) else locate(name, folder)
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    parts, files = load_file(path, dtype) if path.is_file() else load_folder(path, dtype)
    for part in _CLASSES:
        parts[part].to(device).eval().requires_grad_(False)
    for part in ("unet", "vae"):
        # Convolutions are faster this way: by a quarter for few rows on a CPU, and tensor cores want it.
        parts[part].to(memory_format=torch.channels_last)
    preview = (path.with_suffix("") if path.is_file() else path) / "preview.json"
    return Checkpoint(
        name=name,
        hash=sha256(files),
        device=device,
        dtype=dtype,
        preview=Preview.read(preview) if preview.exists() else SD1,
        **parts,
    )


def download(name: str) -> Path:
    """The folder of a Hub id in the local cache, downloaded if need be. Raises `CheckpointError`."""
    try:
        # What is said to be there already is not downloaded; none of it is used.
        unused = {"safety_checker": None, "feature_extractor": None, "image_encoder": None}
        return Path(StableDiffusionPipeline.download(name, use_safetensors=True, **unused))
    except Exception as error:
        raise CheckpointError(
            f"{name} could not be had from the Hugging Face Hub ({first_line(error)}): check the name and"
            " the network, or put the checkpoint into the checkpoints folder."
        ) from error


def load_folder(folder: Path, dtype: torch.dtype) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """The parts of a checkpoint in diffusers' layout, and its UNet's files. Raises `CheckpointError`."""
    weights = check_folder(folder)
    parts: dict[str, Any] = {
        "tokenizer": _call(CLIPTokenizer.from_pretrained, folder / "tokenizer"),
        "scheduler_config": read_json(folder / "scheduler" / "scheduler_config.json"),
    }
    for part, network in _CLASSES.items():
        parts[part], report = _call(
            network.from_pretrained,
            folder / part,
            dtype=dtype,
            variant=weights[part].variant,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
        # The libraries fill what is missing with random numbers and only log it.
        if missing := report["missing_keys"]:
            raise CheckpointError(
                f"{folder / part} lacks {len(missing)} weights, {min(missing)} among them: download it again."
            )
    return parts, weights["unet"].files


def _call(load: Any, source: Path, **options: Any) -> Any:
    try:
        return load(source, **options)
    except Exception as error:
        raise CheckpointError(
            f"{source} could not be loaded ({first_line(error)}): download it again."
        ) from error
