"""Describes a checkpoint to the farm, from its files, without loading it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gpuworker.checkpoints.check import check_file, check_folder
from gpuworker.checkpoints.weights import count_numbers, read_json, sha256
from gpuworker.families.family import Family


class Description(NamedTuple):
    """All weight files of a checkpoint, those that its hash is of, and its side.

    Hash and side are those of the loaded `Checkpoint`.
    """

    files: tuple[Path, ...]
    hashed: tuple[Path, ...]
    side: int

    @property
    def hash(self) -> str:
        """The SHA-256 in hexadecimal; it takes a second for a gigabyte, the first time."""
        return sha256(self.hashed)

    @property
    def numbers(self) -> int:
        """The count of numbers in the weights. Raises `CheckpointError`."""
        return count_numbers(self.files)


def describe(path: Path) -> Description:
    """Check and describe the folder or the single file of a checkpoint. Raises `CheckpointError`."""
    if path.is_file():
        return Description((path,), (path,), _side(path.with_suffix(""), check_file(path)))
    family, weights = check_folder(path)
    files = tuple(file for part in weights.values() for file in part.files)
    return Description(files, weights[family.denoiser].files, _side(path, family))


def _side(configuration: Path, family: Family) -> int:
    if not configuration.is_dir():
        return family.side
    stages = len(read_json(configuration / "vae" / "config.json").get("block_out_channels", [0] * 4))
    latent_side = read_json(configuration / family.denoiser / "config.json").get("sample_size")
    return int(latent_side) * 2 ** (stages - 1) if latent_side else family.side
