"""Loads checkpoints through diffusers, from safetensors only."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import torch
from diffusers import DiffusionPipeline
from transformers import CLIPTokenizer

from gpuworker.checkpoints.check import check_folder
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.locate import is_hub_id, locate
from gpuworker.checkpoints.parts import Parts
from gpuworker.checkpoints.preview import preview_of
from gpuworker.checkpoints.single_file import UNUSED_PARTS, load_file
from gpuworker.checkpoints.weights import read_json, sha256
from gpuworker.families.model import Model

ONE_AT_A_TIME = threading.Lock()
"""Held while diffusers or transformers load: they patch torch.nn for all threads, to skip initialisation."""


def load(name: str, folder: Path, device: torch.device) -> Checkpoint:
    """Load `pocket`, an entry of the checkpoints folder, or a Hub id, in fp16 on CUDA and fp32 on a CPU.

    Raises `CheckpointError`, and `torch.OutOfMemoryError` when the device is full.
    """
    path = download(name) if is_hub_id(name) else locate(name, folder)
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    with ONE_AT_A_TIME:
        parts = load_file(path, dtype) if path.is_file() else load_folder(path, dtype)
    model = assemble(parts, device)
    configuration = path.with_suffix("") if path.is_file() else path
    return Checkpoint(
        name=name,
        hash=sha256(parts.hashed),
        device=device,
        dtype=dtype,
        family=parts.family,
        model=model,
        scheduler_config=parts.scheduler_config,
        preview=preview_of(configuration, parts.family, model.latent_channels),
    )


def assemble(parts: Parts, device: torch.device) -> Model:
    """Make the family's model of these parts, on the device and ready to infer."""
    model = parts.family.new_model(**parts.of_model)
    if parts.family.upcasts_autoencoder and model.networks["vae"].config.force_upcast:
        model.networks["vae"].float()
    for network in model.networks.values():
        network.to(device).eval().requires_grad_(False)
    for part in (parts.family.denoiser, "vae"):
        # Convolutions are faster this way: by a quarter for few rows on a CPU, and tensor cores want it.
        model.networks[part].to(memory_format=torch.channels_last)
    return model


def download(name: str) -> Path:
    """Give the folder of a Hub id in the local cache, downloading it if need be. Raises `CheckpointError`."""
    try:
        # Parts that are passed in are not downloaded, and none of these is used.
        unused = dict.fromkeys(UNUSED_PARTS)
        return Path(DiffusionPipeline.download(name, use_safetensors=True, **unused))
    except Exception as error:
        raise CheckpointError(
            f"{name} could not be had from the Hugging Face Hub ({first_line(error)}): check the name and"
            " the network, or put the checkpoint into the checkpoints folder."
        ) from error


def load_folder(folder: Path, dtype: torch.dtype) -> Parts:
    """Load the parts of a checkpoint in diffusers' layout. Raises `CheckpointError`."""
    family, weights = check_folder(folder)
    parts: dict[str, Any] = {
        tokenizer: _call(CLIPTokenizer.from_pretrained, folder / tokenizer) for tokenizer in family.tokenizers
    }
    for part, network in family.networks.items():
        parts[part], report = _call(
            network.load_class().from_pretrained,
            folder / part,
            dtype=dtype,
            variant=weights[part].variant,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            # Diffusers names the tensor at fault when it refuses, transformers only when it does not.
            ignore_mismatched_sizes=network.library == "transformers",
        )
        for tensor, found, asked in report.get("mismatched_keys", ()):
            raise CheckpointError(
                f"{folder / part} could not be loaded ({tensor} is {list(found)} where its config.json asks"
                f" for {list(asked)}): download it again."
            )
        # The libraries fill missing weights with random numbers, and only log it.
        if missing := report["missing_keys"]:
            raise CheckpointError(
                f"{folder / part} lacks {len(missing)} weights, {min(missing)} among them: download it again."
            )
    index = read_json(folder / "model_index.json")
    parts |= {option: index.get(option, default) for option, default in family.pipeline_options.items()}
    scheduler_config = read_json(folder / "scheduler" / "scheduler_config.json")
    return Parts(family, parts, scheduler_config, weights[family.denoiser].files)


def _call(load: Any, source: Path, **options: Any) -> Any:
    try:
        return load(source, **options)
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        raise CheckpointError(
            f"{source} could not be loaded ({first_line(error)}): download it again."
        ) from error
