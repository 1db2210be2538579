"""Tells whether a checkpoint can be served, from its small files and headers, without loading it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.locate import entries, is_hub_id, locate
from gpuworker.checkpoints.weights import Weights, find_weights, read_json, tensor_names

PARTS = {"unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model", "text_encoder": "model"}
"""The parts that bring weights, and how their files are named."""

_ARCHITECTURES = ("StableDiffusionPipeline", "LatentConsistencyModelPipeline")
_SERVED = "Darkroom serves Stable Diffusion 1.x and 2.x text-to-image checkpoints"


def available(folder: Path) -> list[str]:
    """The names in `folder` that pass the check, `pocket` first: what a worker may promise to serve."""
    return [name for name in entries(folder) if _passes(name, folder)]


def _passes(name: str, folder: Path) -> bool:
    try:
        check(name, folder)
    except CheckpointError:
        return False
    return True


def check(name: str, folder: Path) -> str:
    """What `name` is, in a few words for an operator. Raises `CheckpointError`."""
    if is_hub_id(name):
        try:
            path = Path(snapshot_download(name, local_files_only=True))
            check_folder(path)
        except (LocalEntryNotFoundError, CheckpointError):
            return "on the Hugging Face Hub, downloaded when it is first used"
    elif (path := locate(name, folder)).is_file():
        check_file(path)
        return f"single file, {_megabytes([path])}"
    else:
        check_folder(path)
    files = [file for part, stem in PARTS.items() for file in find_weights(path / part, stem).files]
    prediction = read_json(path / "scheduler" / "scheduler_config.json").get("prediction_type", "epsilon")
    return f"{prediction}, {_megabytes(files)}"


def _megabytes(files: list[Path]) -> str:
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"


def check_folder(folder: Path) -> dict[str, Weights]:
    """Look over a checkpoint in diffusers' layout and return the weights of its parts.

    Raises `CheckpointError` for the first thing that is missing, cut off, pickled or of another architecture.
    """
    check_layout(folder)
    weights = {part: find_weights(folder / part, stem) for part, stem in PARTS.items()}
    for files, _ in weights.values():
        for file in files:
            tensor_names(file)
    return weights


def check_layout(folder: Path) -> None:
    """Look over everything but the weights: configurations and tokenizer. Raises `CheckpointError`."""
    index = folder / "model_index.json"
    if not index.exists():
        raise CheckpointError(
            f"{folder} is not a diffusion model in diffusers' layout, it has no model_index.json: put the"
            " folder that has one in its place, or a single .safetensors file."
        )
    if (architecture := read_json(index).get("_class_name")) not in _ARCHITECTURES:
        raise CheckpointError(f"{index} says {architecture}; {_SERVED}: choose another one.")
    unet = read_json(folder / "unet" / "config.json")
    if unet.get("in_channels", 4) != 4 or _takes_more_than_text(unet):
        raise CheckpointError(
            f"{folder / 'unet' / 'config.json'} describes a model that takes more than a prompt; {_SERVED}:"
            " choose another one."
        )
    for config in ("vae/config.json", "text_encoder/config.json", "scheduler/scheduler_config.json"):
        read_json(folder / config)
    tokenizer = folder / "tokenizer"
    if not ((tokenizer / "tokenizer.json").exists() or (tokenizer / "vocab.json").exists()):
        raise CheckpointError(f"{tokenizer / 'tokenizer.json'} is missing: download the checkpoint again.")


def _takes_more_than_text(unet: dict[str, Any]) -> bool:
    return any(
        unet.get(extra) is not None
        for extra in ("addition_embed_type", "class_embed_type", "num_class_embeds")
    )


def check_file(file: Path) -> bool:
    """Look over a single-file checkpoint; whether its text encoder is CLIP's, as in Stable Diffusion 1.x.

    Raises `CheckpointError`.
    """
    names = tensor_names(file)
    for prefix in ("model.diffusion_model.", "first_stage_model.", "cond_stage_model."):
        if not any(name.startswith(prefix) for name in names):
            raise CheckpointError(f"{file} has no {prefix}* weights; {_SERVED}: choose another file.")
    if (configuration := file.with_suffix("")).is_dir():
        check_layout(configuration)
    return any(name.startswith("cond_stage_model.transformer.") for name in names)
