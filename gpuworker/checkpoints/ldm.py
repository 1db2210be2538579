"""Reads ldm's or sgm's configuration beside a single file, as A1111 does: NAME.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.statements import Statement, by_yaml


def ldm_beside(file: Path) -> Path | None:
    """Give the configuration beside a single file, or None."""
    return next((beside for end in (".yaml", ".yml") if (beside := file.with_suffix(end)).exists()), None)


def read_ldm(file: Path) -> tuple[Mapping[str, Any], Statement, dict[str, Any]]:
    """Read the whole configuration, what it says, and its schedule in the terms of diffusers.

    Raises `CheckpointError`.
    """
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
        params = config["model"]["params"]
        said = by_yaml(file, params)
        schedule = {new: kind(params[old]) for old, new, kind in _SCHEDULE if params.get(old) is not None}
        return config, said, schedule
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise CheckpointError(
            f"{file} is not a configuration of ldm ({first_line(error)}): mend it, or take it away."
        ) from error


def describes_networks(config: Mapping[str, Any]) -> bool:
    """Tell whether a configuration says how wide the UNet and the autoencoder are."""
    params = config["model"]["params"]
    unet = params.get("unet_config") or params.get("network_config")
    return bool(unet) and bool(params.get("first_stage_config"))


_SCHEDULE = (
    ("timesteps", "num_train_timesteps", int),
    ("linear_start", "beta_start", float),
    ("linear_end", "beta_end", float),
)
