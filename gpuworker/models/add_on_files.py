"""The files of an add-on folder, by the names that prompts call them by."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path


def files_by_name(folder: Path, endings: Collection[str]) -> Mapping[str, Path]:
    """Give the files with such endings (in lower case) in a folder and those below it.

    A file is called by its name without the ending, or where several have it by its path in the folder.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    for place, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(place, name)
            if file.suffix.lower() in endings and not name.startswith("."):
                found[file.stem].append(file)
    return {
        name if len(files) == 1 else _inside(folder, file): file
        for name, files in found.items()
        for file in files
    }


def _inside(folder: Path, file: Path) -> str:
    return file.relative_to(folder).with_name(file.stem).as_posix()
