"""Finds the map from latents to colours that fits a checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.weights import read_json
from gpuworker.families.family import Family
from gpuworker.families.preview import Preview


def preview_of(configuration: Path, family: Family, channels: int) -> Preview:
    """Give the preview of a checkpoint whose latents have so many channels.

    It is that of preview.json in the folder of its configuration, or its family's where that fits, or grey.
    Raises `CheckpointError` when preview.json is not as it must be.
    """
    if (file := configuration / "preview.json").exists():
        return read_preview(file, channels)
    known = family.preview
    return known if known is not None and len(known.weight) == channels else Preview.grey(channels)


def read_preview(file: Path, channels: int) -> Preview:
    """Read `{"weight": a row of 3 for each channel, "bias": 3 numbers}`. Raises `CheckpointError`."""
    values = read_json(file)
    try:
        weight = np.array(values["weight"], dtype=float).reshape(channels, 3)
        bias = np.array(values["bias"], dtype=float).reshape(3)
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError(
            f"{file} must hold a weight of {channels} rows of 3 and a bias of 3: mend it."
        ) from error
    return Preview(tuple(map(tuple, weight.tolist())), tuple(bias.tolist()))
