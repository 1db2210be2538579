"""How much memory the other models take on a card, beside the checkpoints."""

from __future__ import annotations

from contextlib import suppress
from typing import get_args

from gpuworker.registry import Choice, Entry, RegistryError, built_in, chosen, registry
from storage.settings import Settings

_AS_LOADED = 2
"""Files of half precision take twice their size when they are loaded in fp32, as these models are."""
_ON_THE_CPU: tuple[Choice, ...] = ("aesthetics",)


def bytes_beside(settings: Settings) -> int:
    """Give what the models that a worker may load take: those of the settings, and the restorers of faces.

    They are loaded when they are first needed and stay. Counted from the start, so that no picture depends on
    what has been needed before it. Of what is not on this machine nothing is counted.
    """
    return _AS_LOADED * sum(_size(entry, settings) for entry in _loadable(settings).values())


def _loadable(settings: Settings) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for setting in get_args(Choice):
        if setting not in _ON_THE_CPU and getattr(settings, setting) is not None:
            with suppress(RegistryError):  # the doctor tells of it
                entry = chosen(setting, settings)
                found[entry.name] = entry
    try:
        known = registry(settings)
    except RegistryError:
        known = built_in()
    return found | {name: entry for name, entry in known.items() if entry.kind == "faces"}


def _size(entry: Entry, settings: Settings) -> int:
    place = entry.place(settings)
    files = [place] if place.is_file() else place.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())
