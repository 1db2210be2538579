"""Loads a checkpoint through diffusers, from safetensors only."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from gpuworker.checkpoints.check import check_folder
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.families.sd1 import StableDiffusion1
from gpuworker.checkpoints.families.sd2 import StableDiffusion2
from gpuworker.checkpoints.families.sdxl import StableDiffusionXL
from gpuworker.checkpoints.layouts import SDXL
from gpuworker.checkpoints.locate import is_hub_id, locate
from gpuworker.checkpoints.parts import Parts
from gpuworker.checkpoints.preview import Preview
from gpuworker.checkpoints.single_file import load_file
from gpuworker.checkpoints.weights import read_json, sha256

_FAMILIES: dict[str, Any] = {"sd1": StableDiffusion1, "sd2": StableDiffusion2, "sdxl": StableDiffusionXL}
_CLASSES = {
    "unet": UNet2DConditionModel,
    "vae": AutoencoderKL,
    "text_encoder": CLIPTextModel,
    "text_encoder_2": CLIPTextModelWithProjection,
}

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
    return Checkpoint(
        name=name,
        hash=sha256(parts.hashed),
        device=device,
        dtype=dtype,
        model=model,
        scheduler_config=parts.scheduler_config,
        preview=_preview((path.with_suffix("") if path.is_file() else path) / "preview.json", model),
    )


def assemble(parts: Parts, device: torch.device) -> Any:
    """The family's model of these parts, on the device and ready to infer."""
    model = _FAMILIES[parts.layout.family](**parts.of_model)
    if parts.layout is SDXL and model.vae.config.force_upcast:
        # Its activations leave the range of fp16. The others' configurations ask for it too, by default.
        model.vae.float()
    for network in model.networks.values():
        network.to(device).eval().requires_grad_(False)
    for part in ("unet", "vae"):
        # Convolutions are faster this way: by a quarter for few rows on a CPU, and tensor cores want it.
        model.networks[part].to(memory_format=torch.channels_last)
    return model


def download(name: str) -> Path:
    """The folder of a Hub id in the local cache, downloaded if need be. Raises `CheckpointError`."""
    try:
        # What is said to be there already is not downloaded; none of it is used.
        unused = {"safety_checker": None, "feature_extractor": None, "image_encoder": None}
        return Path(DiffusionPipeline.download(name, use_safetensors=True, **unused))
    except Exception as error:
        raise CheckpointError(
            f"{name} could not be had from the Hugging Face Hub ({first_line(error)}): check the name and"
            " the network, or put the checkpoint into the checkpoints folder."
        ) from error


def load_folder(folder: Path, dtype: torch.dtype) -> Parts:
    """The parts of a checkpoint in diffusers' layout. Raises `CheckpointError`."""
    layout, weights = check_folder(folder)
    parts: dict[str, Any] = {
        tokenizer: _call(CLIPTokenizer.from_pretrained, folder / tokenizer) for tokenizer in layout.tokenizers
    }
    for part in layout.networks:
        is_text_tower = layout.networks[part] == "model"
        parts[part], report = _call(
            _CLASSES[part].from_pretrained,
            folder / part,
            dtype=dtype,
            variant=weights[part].variant,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            # Diffusers names the tensor at fault when it refuses, transformers only when it does not.
            ignore_mismatched_sizes=is_text_tower,
        )
        for tensor, found, asked in report.get("mismatched_keys", ()):
            raise CheckpointError(
                f"{folder / part} could not be loaded ({tensor} is {list(found)} where its config.json asks"
                f" for {list(asked)}): download it again."
            )
        # The libraries fill what is missing with random numbers and only log it.
        if missing := report["missing_keys"]:
            raise CheckpointError(
                f"{folder / part} lacks {len(missing)} weights, {min(missing)} among them: download it again."
            )
    if layout is SDXL:
        index = read_json(folder / "model_index.json")
        parts["empty_is_zero"] = index.get("force_zeros_for_empty_prompt", True)
    scheduler_config = read_json(folder / "scheduler" / "scheduler_config.json")
    return Parts(layout, parts, scheduler_config, weights["unet"].files)


def _preview(file: Path, model: Any) -> Preview:
    if file.exists():
        return Preview.read(file, model.latent_channels)
    known: Preview = model.preview
    return known if len(known.weight) == model.latent_channels else Preview.grey(model.latent_channels)


def _call(load: Any, source: Path, **options: Any) -> Any:
    try:
        return load(source, **options)
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        raise CheckpointError(
            f"{source} could not be loaded ({first_line(error)}): download it again."
        ) from error
