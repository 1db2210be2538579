"""Locates a checkpoint: shipped with Darkroom, in the checkpoints folder, or on the Hugging Face Hub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.registry import built_in, shipped_checkpoints
from storage.nearest import nearest

SAFE = ".safetensors"
PICKLED = (".ckpt", ".bin", ".pt", ".pth")
VAE_ENDINGS = (".vae.safetensors", ".vae.pt", ".vae.ckpt", ".vae.bin")
"""Of an autoencoder that lies beside the checkpoint whose name it has."""
_DEPTH = 4
"""Subfolders in subfolders that are looked through."""
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def is_hub_id(name: str) -> bool:
    """Tell whether `name` looks like `organisation/model`."""
    return _HUB_ID.fullmatch(name) is not None


def is_on_hub(name: str, folder: Path) -> bool:
    """Tell whether `name` is looked up on the Hub: it looks like an id, and nothing here is called so."""
    return is_hub_id(name) and not any((folder / f"{name}{end}").exists() for end in ("", SAFE, *PICKLED))


def entries(folder: Path) -> list[str]:
    """List every name that might be served, sound or not: first what ships with Darkroom."""
    shipped = shipped_checkpoints()
    return [*shipped, *sorted(set(_found(folder)) - set(shipped))]


def _found(folder: Path) -> dict[str, Path]:
    """Give every file and folder that might be a checkpoint by its name, those in subfolders too.

    In a subfolder it is called by its own name alone, or by both (`anime/mix`) where another one has that.
    """
    found: dict[str, Path] = {}
    for path in sorted(_candidates(folder), key=lambda path: (len(path.parts), path)):
        name = _stem(path)
        if name in found and found[name].parent != path.parent:
            name = _with_subfolder(path, folder)
        if name not in found or path.suffix == SAFE:  # a file wins over the folder of its configuration
            found[name] = path
    return found


def _candidates(folder: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """Give files, and folders that hold no others; at the top also those that hold nothing known."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.suffix in (SAFE, *PICKLED):
            if not path.name.endswith(VAE_ENDINGS):
                yield path
        elif path.is_dir():
            inside = [] if _is_checkpoint(path) or not depth else list(_candidates(path, depth - 1))
            yield from inside
            if not inside and (depth == _DEPTH or _is_checkpoint(path)):
                yield path


def _is_checkpoint(folder: Path) -> bool:
    """Tell whether a folder holds one checkpoint or the configuration of one, and no others."""
    if any((folder / name).exists() for name in ("model_index.json", "unet", "vae", "text_encoder")):
        return True
    return any(folder.with_name(folder.name + suffix).exists() for suffix in (SAFE, *PICKLED))


def _with_subfolder(path: Path, folder: Path) -> str:
    return path.parent.relative_to(folder).joinpath(_stem(path)).as_posix()


def _stem(path: Path) -> str:
    return path.stem if path.suffix in (SAFE, *PICKLED) else path.name


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
    # What stands at the top is there without a look at everything else.
    is_plain = bool(name) and Path(name).name == name and not name.startswith(".")
    if is_plain and (file := folder / f"{name}{SAFE}").exists():
        return file
    found = _found(folder)
    path = found.get(name) or next((at for at in found.values() if _with_subfolder(at, folder) == name), None)
    if path is not None:
        if path.suffix in PICKLED:
            raise pickled(path)
        return path
    if not is_plain:
        raise CheckpointError(
            f"{name!r} is not the name of a checkpoint: give a name as it stands in {folder}."
        )
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
