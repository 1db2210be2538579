"""The parts of a checkpoint as they were read, before a model is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gpuworker.families.family import Family


class Parts(NamedTuple):
    """`of_model` are the arguments of the family's `new_model`."""

    family: Family
    of_model: Mapping[str, Any]
    scheduler_config: Mapping[str, Any]
