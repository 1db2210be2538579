"""What was read of a checkpoint, before it is made a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gpuworker.checkpoints.layouts import Layout


class Parts(NamedTuple):
    """`of_model` are the fields of the family's class; `hashed` the files whose hash the checkpoint has."""

    layout: Layout
    of_model: Mapping[str, Any]
    scheduler_config: Mapping[str, Any]
    hashed: tuple[Path, ...]
