"""Takes stock of the registry's models: what is there of each, and whether it is as published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.locate import PICKLED, locate
from gpuworker.checkpoints.weights import tensor_names
from gpuworker.registry import Entry, File
from storage.settings import Settings
from storage.values import Travelling

State = Literal["here", "missing", "wrong", "refused"]


class Standing(Travelling):
    """The state of a model on this machine.

    `says` is what to know or to do, and empty for a model that is here. `refused` is a pickle, which is not
    fetched. `begun` are the bytes of an unfinished fetch.
    """

    state: State
    says: str = ""
    begun: int = 0


def standing(entry: Entry, settings: Settings) -> Standing:
    """Look up which files are there and how large they are, without reading them."""
    if entry.is_local:
        try:
            locate(entry.name, settings.checkpoints_folder)
        except CheckpointError as error:
            return Standing(state="wrong", says=str(error).rstrip("."))
        return Standing(state="here")
    place = entry.place(settings)
    if entry.package is not None and not place.exists():
        return Standing(state="wrong", says=f"{place} is missing: install Darkroom again")
    absent = [file for file in entry.files if not entry.file_place(file, settings).is_file()]
    if absent and len(absent) == len(entry.files):
        return _absent(entry, settings)
    if absent:
        says = f"{entry.file_place(absent[0], settings)} is missing: {_cure(entry)}"
        return Standing(state="wrong", says=says)
    for file in entry.files:
        size = entry.file_place(file, settings).stat().st_size
        if file.size not in (None, size) and not entry.is_converted(file):
            says = (
                f"{entry.file_place(file, settings)} has {size} bytes instead of {file.size}: {_cure(entry)}"
            )
            return Standing(state="wrong", says=says)
    return Standing(state="here")


def _absent(entry: Entry, settings: Settings) -> Standing:
    if pickled_file(entry) is not None:
        return Standing(state="refused", says=refusal(settings))
    begun = sum(file.stat().st_size for file in staging(entry, settings).rglob("*") if file.is_file())
    had = f"; it goes on after the {megabytes(begun)} that have come" if begun else ""
    return Standing(state="missing", says=f"{_cure(entry)}{had}", begun=begun)


def _cure(entry: Entry) -> str:
    if entry.package is not None:
        return "install Darkroom again"
    return f"run darkroom models fetch {entry.name}"


def faults(entry: Entry, settings: Settings) -> Iterator[str]:
    """Read every file of a model, and give a sentence for each that is missing or not as published.

    Where no checksum is published, that of the file as it came from the Hub counts.
    """
    sums = noted_sums(entry, settings)
    for file in entry.files:
        place = entry.file_place(file, settings)
        expected = expected_sum(entry, file, sums)
        if not place.is_file():
            yield f"{place} is missing: {_cure(entry)}."
        elif expected is not None and sha256_of(place) != expected:
            yield f"{place} is not the published file (its checksum differs): {_cure(entry)}."
        elif place.suffix == ".safetensors":
            try:
                tensor_names(place)
            except CheckpointError as error:
                yield str(error)


def unverified(entry: Entry, settings: Settings) -> list[str]:
    """List the paths of the files of which no checksum is known."""
    sums = noted_sums(entry, settings)
    return [file.path for file in entry.files if expected_sum(entry, file, sums) is None]


def expected_sum(entry: Entry, file: File, noted: Mapping[str, str]) -> str | None:
    """Give the SHA-256 that a file must have here: the published one, or else the one noted when it came."""
    published = None if entry.is_converted(file) else file.sha256
    return published or noted.get(file.path)


def pickled_file(entry: Entry) -> File | None:
    """Give the file that keeps a model from being fetched, because opening it could run any program.

    Two kinds of pickle are opened with torch's restricted reader (`weights_only`), which runs nothing: the
    .pth of upscalers and face restorers, which are nothing but tensors, and the .pt of ultralytics'
    detectors, which may ask for its layers too. As that takes more trust, their checksum must be published.
    """
    for file in entry.files:
        restricted = (entry.kind in ("upscaler", "faces") and file.path.endswith(".pth")) or (
            entry.is_converted(file) and file.sha256 is not None
        )
        if file.path.endswith(PICKLED) and not restricted:
            return file
    return None


def refusal(settings: Settings) -> str:
    """Say why a pickle is not fetched, and what to do instead."""
    return (
        "published as a pickle, and opening a pickle can run any program: convert it to safetensors where"
        f" nothing can be lost, and write an entry for the result into {settings.models_file}"
    )


def staging(entry: Entry, settings: Settings) -> Path:
    """Give the hidden folder beside its place in which a model lies while it is being fetched."""
    return entry.place(settings).with_name(f".{entry.name}.fetch")


def noted_sums(entry: Entry, settings: Settings) -> dict[str, str]:
    """Read the SHA-256 of each file, by path, as noted when it came."""
    try:
        noted = json.loads(_notes(entry, settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def note_sums(entry: Entry, settings: Settings, sums: dict[str, str]) -> None:
    """Note what came, so that a later change is noticed without asking the Hub."""
    _notes(entry, settings).write_text(json.dumps(sums, indent=1), encoding="utf-8")


def _notes(entry: Entry, settings: Settings) -> Path:
    return entry.place(settings).with_name(f".{entry.name}.sha256.json")


def sha256_of(file: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def megabytes(size: int) -> str:
    """Write a size as an operator reads it: 4.27 GB, 14 MB."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{max(size / 1e6, 0.1):.{0 if size >= 1e7 else 1}f} MB"
