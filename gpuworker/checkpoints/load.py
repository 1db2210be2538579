"""Loads checkpoints through diffusers, from safetensors only."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from diffusers import DiffusionPipeline
from transformers import CLIPTokenizer

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.describe import Description, describe, first_number
from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.known import IN_MEMORY, KnownWeights
from gpuworker.checkpoints.locate import is_on_hub, locate
from gpuworker.checkpoints.offload import Offloaded
from gpuworker.checkpoints.parts import Parts
from gpuworker.checkpoints.preview import preview_of
from gpuworker.checkpoints.probe import measured_prediction
from gpuworker.checkpoints.single_file import load_file, load_vae
from gpuworker.checkpoints.sound import check_folder
from gpuworker.checkpoints.weights import read_json
from gpuworker.families.family import Family
from gpuworker.families.model import Model
from gpuworker.registry import Registry, built_in

log = logging.getLogger(__name__)

UNUSED_PARTS = ("safety_checker", "feature_extractor", "image_encoder")
"""Parts of diffusers' pipelines that no model here takes and that need not be downloaded."""
ONE_AT_A_TIME = threading.Lock()
"""Held while diffusers or transformers load: they patch torch.nn for all threads, to skip initialisation."""


def load(
    name: str,
    folder: Path,
    device: torch.device,
    registry: Callable[[], Registry] = built_in,
    known: KnownWeights = IN_MEMORY,
    room: int | None = None,
) -> Checkpoint:
    """Load `pocket`, an entry of the checkpoints folder, or a Hub id, in fp16 on CUDA and fp32 on a CPU.

    On CUDA, of a checkpoint that takes more than `room` bytes, what not every step needs stays in RAM
    meanwhile. Raises `CheckpointError`, and `torch.OutOfMemoryError` when the device is full.
    """
    path = download(name) if is_on_hub(name, folder) else locate(name, folder)
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    found = describe(path, registry().get(name), known)
    with ONE_AT_A_TIME:
        parts = load_file(found, dtype) if path.is_file() else load_folder(path, dtype, found)
    model, offloaded = assemble(_with_options(parts, found), device, room)
    sha256, measured = found.hash, None
    if found.is_uncertain:
        for network in offloaded.values():
            network.bring()
        measured = measured_prediction(model, found.family.denoiser, found.scheduler_config)
        log.info("checkpoint %s: measured to predict %s", name, measured or "nothing for certain")
        found = found.measured(measured)
        for network in offloaded.values():
            network.send_away()
    known.note_loaded(sha256, measured or known.measured_prediction(found.hashed))
    return Checkpoint(
        name=name,
        hash=sha256,
        device=device,
        dtype=dtype,
        family=parts.family,
        model=model,
        scheduler_config=found.scheduler_config,
        preview=preview_of(found.configuration, parts.family, model.latent_channels),
        guidance_rescale=found.guidance_rescale,
        offloaded=offloaded,
    )


def _with_options(parts: Parts, found: Description) -> Parts:
    """Add what the operator or the file says of the text tower's layers, and of the size."""
    denoiser = parts.of_model[parts.family.denoiser]
    if first_number(denoiser.config.get("sample_size")) is None:
        stages = len(parts.of_model["vae"].config.block_out_channels)
        denoiser.register_to_config(sample_size=found.side // 2 ** (stages - 1))
    usual, said = parts.family.clip_skip, found.said.clip_skip
    if usual is None or said is None or said <= usual:
        return parts
    return parts._replace(of_model={**parts.of_model, "layers_skipped": said - usual})


def assemble(
    parts: Parts, device: torch.device, room: int | None = None
) -> tuple[Model, Mapping[str, Offloaded]]:
    """Make the family's model of these parts, ready to infer: on the device but for what is offloaded."""
    model = parts.family.new_model(**parts.of_model)
    if parts.family.upcasts_autoencoder and model.networks["vae"].config.force_upcast:
        model.networks["vae"].to(_of_wide_range(device))
    for network in model.networks.values():
        network.eval().requires_grad_(False)
    for part in (parts.family.denoiser, "vae"):
        # Convolutions are faster this way: by a quarter for few rows on a CPU, and tensor cores want it.
        model.networks[part].to(memory_format=torch.channels_last)
    away = () if room is None else away_from(model, parts.family, room)
    for name, network in model.networks.items():
        if name not in away:
            network.to(device)
    return model, {name: Offloaded(model.networks[name], device) for name in away}


def _of_wide_range(device: torch.device) -> torch.dtype:
    """Choose the numbers for an autoencoder that leaves the range of fp16: bf16 where the card has it."""
    return torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported(False) else torch.float32


def away_from(model: Model, family: Family, room: int) -> tuple[str, ...]:
    """Name the networks that stay in RAM between two uses when all together take more than `room` bytes."""
    size = sum(
        tensor.nbytes for network in model.networks.values() for tensor in network.state_dict().values()
    )
    return tuple(name for name in model.networks if name != family.denoiser) if size > room else ()


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


def unused_parts(pipeline_class: Any) -> dict[str, None]:
    """Give the arguments that leave out of a pipeline of diffusers what no model here takes."""
    return {part: None for part in UNUSED_PARTS if part in signature(pipeline_class).parameters}


def load_folder(folder: Path, dtype: torch.dtype, found: Description | None = None) -> Parts:
    """Load the parts of a checkpoint in diffusers' layout. Raises `CheckpointError`."""
    found = found or describe(folder)
    family, weights = check_folder(folder)
    parts: dict[str, Any] = {
        tokenizer: _call(CLIPTokenizer.from_pretrained, folder / tokenizer) for tokenizer in family.tokenizers
    }
    for part, network in family.networks.items():
        if part == "vae" and found.vae is not None:
            parts[part] = load_vae(found, dtype)
            continue
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
        for tensor, has, asked in report.get("mismatched_keys", ()):
            raise CheckpointError(
                f"{folder / part} could not be loaded ({tensor} is {list(has)} where its config.json asks"
                f" for {list(asked)}): download it again."
            )
        # The libraries fill missing weights with random numbers, and only log it.
        if missing := report["missing_keys"]:
            raise CheckpointError(
                f"{folder / part} lacks {len(missing)} weights, {min(missing)} among them: download it again."
            )
    index = read_json(folder / "model_index.json")
    parts |= {option: index.get(option, default) for option, default in family.pipeline_options.items()}
    return Parts(family, parts, found.scheduler_config)


def _call(load: Any, source: Path, **options: Any) -> Any:
    try:
        return load(source, **options)
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        raise CheckpointError(
            f"{source} could not be loaded ({first_line(error)}): download it again."
        ) from error
