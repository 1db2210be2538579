"""Locates a checkpoint: shipped with Darkroom, in the checkpoints folder, or on the Hugging Face Hub."""

from __future__ import annotations

import re
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.registry import built_in, shipped_checkpoints
from storage.nearest import nearest

PICKLED = (".ckpt", ".bin", ".pt", ".pth")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def is_hub_id(name: str) -> bool:
    """Tell whether `name` looks like `organisation/model`, which is looked up on the Hub and nowhere else."""
    return _HUB_ID.fullmatch(name) is not None


def entries(folder: Path) -> list[str]:
    """List every name that might be served, sound or not: first what ships with Darkroom."""
    names = {
        entry.name if entry.is_dir() else entry.stem
        for entry in (folder.iterdir() if folder.is_dir() else ())
        if not entry.name.startswith(".") and (entry.is_dir() or entry.suffix in (".safetensors", *PICKLED))
    }
    shipped = shipped_checkpoints()
    return [*shipped, *sorted(names - set(shipped))]


def downloaded(hub_id: str) -> Path | None:
    """Give the folder of a Hub id in the local cache, complete or not, or None if there is none."""
    try:
        return Path(snapshot_download(hub_id, local_files_only=True))
    except LocalEntryNotFoundError:
        return None


def locate(name: str, folder: Path) -> Path:
    """Give the folder or the `.safetensors` file of a checkpoint that is not a Hub id.

    A file wins over a folder of the same name: the folder then holds the file's configuration.
    Raises `CheckpointError`.
    """
    if name in (shipped := shipped_checkpoints()):
        return shipped[name]
    if not name or Path(name).name != name or name.startswith("."):
        raise CheckpointError(
            f"{name!r} is not the name of a checkpoint: give a name as it stands in {folder}."
        )
    if (file := folder / f"{name}.safetensors").exists():
        return file
    if (folder / name).is_dir():
        return folder / name
    for suffix in PICKLED:
        if (pickle := folder / f"{name}{suffix}").exists():
            raise pickled(pickle)
    if (known := built_in().get(name)) is not None and known.kind == "checkpoint":
        raise CheckpointError(f"{name} is not on this machine yet: run `darkroom models fetch {name}`.")
    raise CheckpointError(
        f"There is no checkpoint {name!r} in {folder}: put a diffusers folder {name}/ or {name}.safetensors"
        f" there, or choose one of {nearest(name, entries(folder))}."
    )


def pickled(file: Path) -> CheckpointError:
    """Give the error for a pickle, whose loading can run code that somebody hid in it."""
    return CheckpointError(
        f"{file} is a pickle, and opening a pickle can run any program: convert it to safetensors"
        " (https://huggingface.co/spaces/safetensors/convert) and put the result in its place."
    )
