"""Which add-on a name means: people write names as they saw them, files are named as somebody saved them."""

from __future__ import annotations

import re
from collections.abc import Collection

_ENDING = re.compile(r"\.(?:safetensors|pt|bin|ckpt)\Z", re.IGNORECASE)


def called(asked: str, names: Collection[str]) -> str | None:
    """Give the one of these names that is meant, or None.

    It is the very name, or else one that differs only in upper case, in the ending of its file, in spaces
    around it, or in the folders before it.
    """
    if asked in names:
        return asked
    wanted = _bare(asked)
    for reduced in (_bare, _in_no_folder):
        if found := sorted(name for name in names if reduced(name) == reduced(wanted)):
            return found[0]
    return None


def _bare(name: str) -> str:
    return _ENDING.sub("", " ".join(name.replace("\\", "/").split())).casefold()


def _in_no_folder(name: str) -> str:
    return _bare(name).rsplit("/", 1)[-1]
