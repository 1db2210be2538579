"""Finds the weight files of a checkpoint, checks that they are complete."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.header import read_header
from gpuworker.checkpoints.layout import AVERAGES
from gpuworker.checkpoints.locate import PICKLED, pickled
from storage.errors import reason_of


class Weights(NamedTuple):
    """The files of one part of a checkpoint, and the variant (`fp16` or none) in their names."""

    files: tuple[Path, ...]
    variant: str | None


def read_json(file: Path) -> dict[str, Any]:
    """Read a JSON object. Raises `CheckpointError` when it is missing, cut off, or not an object."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{file} is missing: download the checkpoint again, all of it.") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{file} cannot be read ({reason_of(error)}): download it again.") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{file} is not a configuration: download it again.")
    return value


def find_weights(part: Path, stem: str) -> Weights:
    """Find the weights of one part (`unet/`, `vae/`, ...), whose files are named `stem` with suffixes.

    Full precision is preferred to the fp16 variant, and shards are found through their index. Raises
    `CheckpointError` when there are none, or only pickles.
    """
    for variant, infix in ((None, ""), ("fp16", ".fp16")):
        whole, index = part / f"{stem}{infix}.safetensors", part / f"{stem}.safetensors.index{infix}.json"
        if index.exists():
            shards = set(read_json(index).get("weight_map", {}).values())
            return Weights(tuple(part / shard for shard in sorted(shards)), variant)
        if whole.exists():
            return Weights((whole,), variant)
    for file in sorted(part.glob("*")):
        if file.suffix in PICKLED:
            raise pickled(file)
        if file.name.startswith(f"{stem}-00001-of-"):
            raise CheckpointError(
                f"{part / stem}.safetensors.index.json is missing, which says what is in the shards: download"
                " it again."
            )
    raise CheckpointError(
        f"{part / stem}.safetensors is missing, the download was not finished: download it again."
    )


def tensor_names(file: Path) -> set[str]:
    """Read the names of a file's tensors from its header, which also tells whether it is complete.

    Raises `CheckpointError`.
    """
    return set(read_header(file).tensors)


def count_numbers(files: Sequence[Path]) -> int:
    """Count the numbers that are loaded of safetensors files, by their headers. Raises `CheckpointError`.

    What training leaves beside the weights, a moving average of them, is not.
    """
    return sum(
        tensor.numbers
        for file in files
        for name, tensor in read_header(file).tensors.items()
        if not name.startswith(AVERAGES)
    )
