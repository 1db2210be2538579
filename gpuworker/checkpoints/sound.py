"""Checks whether the files of a checkpoint are whole, belong together, and are of a family that is served."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.header import Described, read_header
from gpuworker.checkpoints.kinds import Kind, other_kind, unserved_channels, unserved_unet
from gpuworker.checkpoints.layout import UNET, VAE, canonical
from gpuworker.checkpoints.packing import is_scale, refuse_packed
from gpuworker.checkpoints.weights import Weights, find_weights, read_json
from gpuworker.families.family import Family
from gpuworker.families.table import family_of_file, family_of_folder, served


class SoundFile(NamedTuple):
    """A single file that can be served: the names of its tensors in ldm's layout, by those in the file."""

    family: Family
    names: Mapping[str, str]
    tensors: Mapping[str, Described]


def check_folder(folder: Path) -> tuple[Family, dict[str, Weights]]:
    """Check a checkpoint in diffusers' layout, and give its family and the weights of its parts.

    Raises `CheckpointError` for the first thing that is missing, cut off, pickled or of another architecture.
    """
    family = check_configuration(folder)
    weights = {part: find_weights(folder / part, network.stem) for part, network in family.networks.items()}
    for files, _ in weights.values():
        for file in files:
            refuse_packed(file, read_header(file).tensors)
            _refuse_scales(file)
    _refuse_other_channels(folder / family.denoiser, weights[family.denoiser])
    return family, weights


def _refuse_scales(file: Path) -> None:
    for name in read_header(file).tensors:
        if is_scale(name):
            raise CheckpointError(
                f"{file} is in scaled fp8 ({name}), which is read from single files only: take the single"
                " file, or the folder in fp16."
            )


def _refuse_other_channels(part: Path, weights: Weights) -> None:
    """Raise `CheckpointError` if a UNet's weights take more or fewer channels than its configuration says."""
    said = read_json(part / "config.json").get("in_channels", 4)
    for file in weights.files:
        first = read_header(file).tensors.get("conv_in.weight")
        if first is not None and first.shape[1:2] != (said,) and said != 4:
            raise CheckpointError(
                f"{part / 'config.json'} describes a model that takes more than a prompt ({said} channels),"
                f" and its weights take {first.shape[1]}: download it again."
            )


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
    if (says := _more_than_text(family, configs[family.denoiser], configs["vae"])) is not None:
        raise CheckpointError(
            f"{folder / family.denoiser / 'config.json'} describes a model that takes more than a prompt"
            f"{says}; {served()}: choose another one."
        )
    read_json(folder / "scheduler" / "scheduler_config.json")
    for tokenizer in family.tokenizers:
        if not any((folder / tokenizer / name).exists() for name in ("tokenizer.json", "vocab.json")):
            raise CheckpointError(
                f"{folder / tokenizer / 'tokenizer.json'} is missing: download the checkpoint again."
            )
    return family


def _more_than_text(family: Family, denoiser: dict[str, Any], vae: dict[str, Any]) -> str | None:
    """Say what the denoiser takes beside latents, a mask and the prompt: a picture, a depth map, a class.

    None if it takes nothing else, else words to be put behind a sentence, or none.
    """
    latents, channels = vae.get("latent_channels", 4), denoiser.get("in_channels", 4)
    if channels not in (latents, 2 * latents + 1):
        kind = unserved_channels(channels)
        return f": {kind.what}"
    if denoiser.get("addition_embed_type") != family.added_conditioning or any(
        denoiser.get(extra) is not None for extra in ("class_embed_type", "num_class_embeds")
    ):
        return ""
    return None


def check_file(file: Path, vae: Path | None = None) -> SoundFile:
    """Check a single-file checkpoint and what lies beside it; `vae` is used in place of its autoencoder.

    Raises `CheckpointError`, also for everything else that comes as a safetensors file.
    """
    header = read_header(file)
    names = canonical(header.tensors)
    tensors = {new: header.tensors[name] for name, new in names.items()}
    family = family_of_file(tensors)
    complete = family is not None and any(name.startswith(UNET) for name in tensors)
    kind = unserved_unet(tensors) or (None if complete else other_kind(tensors))
    if kind is not None:
        raise CheckpointError(_refusal(file, kind))
    if family is None or family.single_file is None:
        raise CheckpointError(f"{file} has no text tower that is known; {served()}: choose another file.")
    for prefix in family.single_file.prefixes:
        if any(name.startswith(prefix) for name in tensors):
            continue
        if prefix != VAE:
            raise CheckpointError(f"{file} has no {prefix}* weights; {served()}: choose another file.")
        if vae is None:
            raise CheckpointError(
                f"{file} has no {prefix}* weights, it lacks an autoencoder: put the one that belongs to it"
                f" beside it as {file.stem}.vae.safetensors."
            )
    refuse_packed(file, header.tensors)
    if (configuration := file.with_suffix("")).is_dir():
        beside = check_configuration(configuration)
        if beside.networks != family.networks:
            raise CheckpointError(
                f"{configuration} describes {beside.title}, and {file} is {family.title}: put its own"
                " configuration there."
            )
    return SoundFile(family, names, tensors)


def _refusal(file: Path, kind: Kind) -> str:
    return f"{file} is {kind.what}: {kind.advice} ({served()})."
