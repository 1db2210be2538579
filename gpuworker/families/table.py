"""The table of the families that are served: a new one is a folder beside this file and a line in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from gpuworker.families.family import Family
from gpuworker.families.sd1.family import SD1
from gpuworker.families.sd2.family import SD2
from gpuworker.families.sdxl.family import SDXL

FAMILIES: dict[str, Family] = {family.name: family for family in (SD1, SD2, SDXL)}


def served() -> str:
    """Say which checkpoints are served, for the inside of a refusal."""
    *titles, last = (family.title for family in FAMILIES.values())
    return f"Darkroom serves text-to-image checkpoints of {', '.join(titles)} and {last}"


def family_of_folder(
    model_index: Mapping[str, Any], read_config: Callable[[str], Mapping[str, Any]]
) -> Family | None:
    """Find the family of a folder by its model_index.json; None if it is not served.

    `read_config` reads the config.json of a part. It is called only if the pipeline is that of some family.
    """
    for family in FAMILIES.values():
        if model_index.get("_class_name") in family.pipelines and family.detect(read_config(family.denoiser)):
            return family
    return None


def family_of_file(tensors: Collection[str]) -> Family | None:
    """Find the family of a single file by the names of its tensors; None if it is not served."""
    for family in FAMILIES.values():
        form = family.single_file
        if form is not None and any(name.startswith(form.prefixes[0]) for name in tensors):
            return family
    return None
