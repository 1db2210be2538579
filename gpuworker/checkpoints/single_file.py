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

from inspect import signature
from pathlib import Path
from typing import Any

import diffusers
import torch
import yaml

from gpuworker.checkpoints.check import check_file
from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.parts import Parts
from gpuworker.checkpoints.tokenizers import tokenizers_of
from gpuworker.checkpoints.weights import read_json

UNUSED_PARTS = ("safety_checker", "feature_extractor", "image_encoder")
"""Parts of diffusers' pipelines that no model here takes and that need not be downloaded."""


def load_file(file: Path, dtype: torch.dtype) -> Parts:
    """Load the parts of a single-file checkpoint. Raises `CheckpointError`."""
    family = check_file(file)
    assert family.single_file is not None
    own, ldm = file.with_suffix(""), file.with_suffix(".yaml")
    options: dict[str, Any] = {"config": str(own)}
    scheduler_config = None
    if not own.is_dir():
        published = family.single_file.published
        options = {"config": str(published), **tokenizers_of(family)}
        if ldm.exists():
            schedule = _read_ldm(ldm)
            scheduler_config = read_json(published / "scheduler" / "scheduler_config.json") | schedule
            options["original_config"] = str(ldm)
    pipeline_class = getattr(diffusers, family.pipelines[0])
    options |= unused_parts(pipeline_class)
    try:
        pipeline = pipeline_class.from_single_file(str(file), dtype=dtype, local_files_only=True, **options)
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        raise CheckpointError(
            f"{file} could not be loaded ({first_line(error)}): download it again, or put the"
            f" model_index.json, configurations and tokenizer of the model it derives from into {own}."
        ) from error
    parts = {part: getattr(pipeline, part) for part in (*family.networks, *family.tokenizers)}
    for part in family.networks:
        if lost := [name for name, weight in parts[part].named_parameters() if weight.is_meta]:
            raise CheckpointError(
                f"{file} lacks {len(lost)} weights of its {part}, {min(lost)} among them: download it again."
            )
    parts |= {
        option: pipeline.config.get(option, default) for option, default in family.pipeline_options.items()
    }
    return Parts(family, parts, scheduler_config or dict(pipeline.scheduler.config), (file,))


def unused_parts(pipeline_class: Any) -> dict[str, None]:
    """Give the arguments that leave out of a pipeline of diffusers what no model here takes."""
    return {part: None for part in UNUSED_PARTS if part in signature(pipeline_class).parameters}


def _read_ldm(file: Path) -> dict[str, Any]:
    """Read what ldm's configuration says of the schedule, in the terms of diffusers' configurations."""
    try:
        params = yaml.safe_load(file.read_text(encoding="utf-8"))["model"]["params"]
        return {
            "prediction_type": _PREDICTIONS[params.get("parameterization", "eps")],
            "num_train_timesteps": int(params.get("timesteps", 1000)),
            "beta_start": float(params["linear_start"]),
            "beta_end": float(params["linear_end"]),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise CheckpointError(
            f"{file} is not a configuration of ldm ({first_line(error)}): mend it, or take it away."
        ) from error


_PREDICTIONS = {"eps": "epsilon", "v": "v_prediction"}
