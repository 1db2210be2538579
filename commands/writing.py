"""What commands write: the folder is tried before the work, and a file is there whole or not at all."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from commands.terminal import Written, about, fail

_ROOM = 2**20
"""Bytes that a folder has to have room for; a picture fills about as many."""


def refuse_unwritable(folder: Path) -> None:
    """Raise Refused or OSError if files cannot be written into a folder, which need not be there yet.

    Nothing is left behind, so that a command which is refused later has changed nothing.
    """
    there = next(each for each in (folder, *folder.absolute().parents) if os.path.lexists(each))
    if not there.is_dir():
        fail(f"{there} is no folder: name one that files can be written into.")
    with about(folder.absolute(), Written), TemporaryFile(dir=there) as probe:
        probe.write(bytes(_ROOM))


def write_numbered(folder: Path, name: str, suffix: str, data: bytes) -> Path:
    """Write a file of that name that did not exist; later ones are numbered. Raises OSError."""
    with about(folder.absolute(), Written):
        folder.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            file = folder / (f"{name}{suffix}" if number == 1 else f"{name}-{number}{suffix}")
            with contextlib.suppress(FileExistsError), file.open("xb") as opened:
                with _whole(file):
                    opened.write(data)
                    opened.flush()
                return file
    raise AssertionError("numbers do not end")


def write_whole(file: Path, data: bytes) -> Path:
    """Write a file, in place of one of its name, which stays as it was if that fails. Raises OSError."""
    with about(file.absolute(), Written):
        file.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(file) and not file.is_file():
            # A pipe, or the terminal. Of a folder, the system says that it is one.
            file.write_bytes(data)
            return file
        draft = file.resolve().with_name(f".{file.name}.{os.getpid()}.part")
        with _whole(draft):
            draft.write_bytes(data)
            draft.replace(file.resolve())
    return file


@contextlib.contextmanager
def _whole(file: Path) -> Iterator[None]:
    """Take the file away again if writing it fails or is interrupted."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            file.unlink()
        raise
