"""Checks from its small files and headers, without loading it, whether a checkpoint can be served."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.locate import downloaded, entries, is_hub_id, locate
from gpuworker.checkpoints.weights import Weights, find_weights, read_json, tensor_names
from gpuworker.families.family import Family
from gpuworker.families.table import family_of_file, family_of_folder, served

log = logging.getLogger(__name__)

_TO_COME = "on the Hugging Face Hub, downloaded when it is first used"


def available(folder: Path) -> list[str]:
    """List the names in `folder` that pass the check, `pocket` first: what a worker may promise to serve."""
    return [name for name in entries(folder) if _passes(name, folder)]


def _passes(name: str, folder: Path) -> bool:
    try:
        check(name, folder)
    except CheckpointError:
        return False
    except Exception as error:
        log.warning("checkpoint %s cannot be read: %r", name, error)
        return False
    return True


def check(name: str, folder: Path) -> str:
    """Say in a few words for an operator what `name` is. Raises `CheckpointError`."""
    if not is_hub_id(name):
        return _described(locate(name, folder))
    path = downloaded(name)
    try:
        return _described(path) if path else _TO_COME
    except CheckpointError:
        return _TO_COME


def _described(path: Path) -> str:
    if path.is_file():
        return f"{check_file(path).title}, single file, {_megabytes([path])}"
    family, weights = check_folder(path)
    files = [file for part in weights.values() for file in part.files]
    prediction = read_json(path / "scheduler" / "scheduler_config.json").get("prediction_type", "epsilon")
    return f"{family.title}, {prediction}, {_megabytes(files)}"


def _megabytes(files: list[Path]) -> str:
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"


def check_folder(folder: Path) -> tuple[Family, dict[str, Weights]]:
    """Check a checkpoint in diffusers' layout, and give its family and the weights of its parts.

    Raises `CheckpointError` for the first thing that is missing, cut off, pickled or of another architecture.
    """
    family = check_configuration(folder)
    weights = {part: find_weights(folder / part, network.stem) for part, network in family.networks.items()}
    for files, _ in weights.values():
        for file in files:
            tensor_names(file)
    return family, weights


def check_configuration(folder: Path) -> Family:
    """Check everything but the weights: configurations and tokenizers. Raises `CheckpointError`."""
    index = folder / "model_index.json"
    if not index.exists():
        raise CheckpointError(
            f"{folder} is not a diffusion model in diffusers' layout, it has no model_index.json: put the"
            " folder that has one in its place, or a single .safetensors file."
        )
    family = family_of_folder(read_json(index), lambda part: read_json(folder / part / "config.json"))
    if family is None:
        raise CheckpointError(
            f"{index} says {read_json(index).get('_class_name')}; {served()}: choose another one."
        )
    configs = {part: read_json(folder / part / "config.json") for part in family.networks}
    if _takes_more_than_text(family, configs[family.denoiser], configs["vae"]):
        raise CheckpointError(
            f"{folder / family.denoiser / 'config.json'} describes a model that takes more than a prompt;"
            f" {served()}: choose another one."
        )
    read_json(folder / "scheduler" / "scheduler_config.json")
    for tokenizer in family.tokenizers:
        if not any((folder / tokenizer / name).exists() for name in ("tokenizer.json", "vocab.json")):
            raise CheckpointError(
                f"{folder / tokenizer / 'tokenizer.json'} is missing: download the checkpoint again."
            )
    return family


def _takes_more_than_text(family: Family, denoiser: dict[str, Any], vae: dict[str, Any]) -> bool:
    """Tell whether the denoiser takes a picture, a depth map or a class beside the latents and the prompt."""
    return (
        denoiser.get("in_channels", 4) != vae.get("latent_channels", 4)
        or denoiser.get("addition_embed_type") != family.added_conditioning
        or any(denoiser.get(extra) is not None for extra in ("class_embed_type", "num_class_embeds"))
    )


def check_file(file: Path) -> Family:
    """Check a single-file checkpoint and what lies beside it. Raises `CheckpointError`."""
    names = tensor_names(file)
    family = family_of_file(names)
    if family is None or family.single_file is None:
        raise CheckpointError(f"{file} has no text tower that is known; {served()}: choose another file.")
    for prefix in family.single_file.prefixes:
        if not any(name.startswith(prefix) for name in names):
            raise CheckpointError(f"{file} has no {prefix}* weights; {served()}: choose another file.")
    if (configuration := file.with_suffix("")).is_dir():
        beside = check_configuration(configuration)
        if beside.networks != family.networks:
            raise CheckpointError(
                f"{configuration} describes {beside.title}, and {file} is {family.title}: put its own"
                " configuration there."
            )
    return family
