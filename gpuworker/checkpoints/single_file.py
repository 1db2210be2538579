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

What the file says itself is believed before any of these: that it predicts velocity, that its UNet takes nine
channels, that its weights are scaled.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.single_file_utils import create_diffusers_clip_model_from_ldm
from torch import Tensor
from transformers import CLIPTokenizer

from gpuworker.checkpoints.describe import Description
from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.header import read_header
from gpuworker.checkpoints.layout import FIRST_CONVOLUTION, VAE, canonical
from gpuworker.checkpoints.ldm import describes_networks
from gpuworker.checkpoints.parts import Parts
from gpuworker.checkpoints.precision import read_tensors
from gpuworker.checkpoints.tokenizers import tokenizers_of
from gpuworker.checkpoints.weights import read_json


def load_file(found: Description, dtype: torch.dtype) -> Parts:
    """Load the parts of a single-file checkpoint. Raises `CheckpointError`."""
    file, family, own = found.path, found.family, found.path.with_suffix("")
    try:
        tensors = read_tensors(file, found.names, dtype)
        parts = {part: _network(found, part, tensors, dtype) for part in family.networks if part != "vae"}
        source = {} if found.vae is not None else tensors
        parts["vae"] = _network(found, "vae", source, dtype) if source else load_vae(found, dtype)
        if own.is_dir():
            parts |= {name: CLIPTokenizer.from_pretrained(own / name) for name in family.tokenizers}
        else:
            parts |= tokenizers_of(family)
    except (torch.OutOfMemoryError, MemoryError, CheckpointError):
        raise
    except Exception as error:
        raise CheckpointError(
            f"{file} could not be loaded ({first_line(error)}): download it again, or put the"
            f" model_index.json, configurations and tokenizer of the model it derives from into {own}."
        ) from error
    _refuse_lost(file, parts, family.networks)
    index = read_json(found.configuration / "model_index.json")
    parts |= {option: index.get(option, default) for option, default in family.pipeline_options.items()}
    return Parts(family, parts, found.scheduler_config)


def load_vae(found: Description, dtype: torch.dtype) -> Any:
    """Load the autoencoder that lies beside a checkpoint. Raises `CheckpointError`."""
    assert found.vae is not None
    file = found.vae
    names = canonical(read_header(file).tensors)
    bare = {name: new.removeprefix(VAE) for name, new in names.items()}
    if not any(".down_blocks." in name for name in bare.values()):  # diffusers' names, or else ldm's
        bare = {name: VAE + new for name, new in bare.items()}
    try:
        vae = _network(found, "vae", read_tensors(file, bare, dtype), dtype)
    except (torch.OutOfMemoryError, MemoryError, CheckpointError):
        raise
    except Exception as error:
        raise CheckpointError(
            f"{file} could not be loaded ({first_line(error)}): put the autoencoder there that belongs to"
            f" {found.path.name}, or none."
        ) from error
    _refuse_lost(file, {"vae": vae}, ["vae"])
    return vae


def _network(found: Description, part: str, tensors: Mapping[str, Tensor], dtype: torch.dtype) -> Any:
    """Make a network of the tensors that belong to it."""
    network = found.family.networks[part]
    if network.library == "transformers":
        return create_diffusers_clip_model_from_ldm(
            network.load_class(),
            checkpoint=tensors,
            subfolder=part,
            config=str(found.configuration),
            torch_dtype=dtype,
            local_files_only=True,
        )
    options: dict[str, Any] = {"config": str(found.configuration), "subfolder": part}
    if found.ldm is not None and describes_networks(found.ldm):
        options = {"original_config": found.ldm}
    elif part == found.family.denoiser:
        options["in_channels"] = tensors[FIRST_CONVOLUTION].shape[1]
    return network.load_class().from_single_file(dict(tensors), dtype=dtype, local_files_only=True, **options)


def _refuse_lost(file: Path, parts: Mapping[str, Any], networks: Any) -> None:
    for part in networks:
        if lost := [name for name, weight in parts[part].named_parameters() if weight.is_meta]:
            raise CheckpointError(
                f"{file} lacks {len(lost)} weights of its {part}, {min(lost)} among them: download it again."
            )
