"""Reads the header of a safetensors file: the names, shapes and types of its tensors, and its metadata."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from gpuworker.checkpoints.errors import CheckpointError
from storage.errors import reason_of

_LFS_POINTER = b"version https://git-lfs"
_LONGEST = 100_000_000
"""Bytes of a header, as the format allows."""
_BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
}

Identity: TypeAlias = tuple[str, int, int, int]


class Described(NamedTuple):
    """A tensor as its header describes it; `dtype` is the format's name for it, such as F16."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def numbers(self) -> int:
        """The count of numbers in it."""
        return math.prod(self.shape)


class Header(NamedTuple):
    """The tensors of a file by name, in the order of the file, and its metadata."""

    tensors: Mapping[str, Described]
    metadata: Mapping[str, str]


def identity(file: Path) -> Identity:
    """Give what changes when a file is written anew: path, size, time of change and inode. Raises OSError."""
    found = file.stat()
    return str(file), found.st_size, found.st_mtime_ns, found.st_ino


def read_header(file: Path) -> Header:
    """Read a header, which also tells whether the file is complete. Raises `CheckpointError`.

    The format: https://github.com/huggingface/safetensors#format.
    """
    try:
        return _read(identity(file))
    except FileNotFoundError:
        raise CheckpointError(
            f"{file} is missing, the download was not finished: download it again."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise CheckpointError(
            f"{file} is cut off or damaged ({reason_of(error)}): download it again."
        ) from error


@lru_cache(64)
def _read(of: Identity) -> Header:
    path, size, *_ = of
    with Path(path).open("rb") as opened:
        start = opened.read(len(_LFS_POINTER))
        if start == _LFS_POINTER:
            raise CheckpointError(
                f"{path} is only a pointer to the weights: run `git lfs pull` in its folder."
            )
        length = int.from_bytes(start[:8], "little")
        if len(start) < 8 or length > min(_LONGEST, size - 8):
            raise ValueError("its header is not whole")
        opened.seek(8)
        content = json.loads(opened.read(length))
    metadata = content.pop("__metadata__", {})
    tensors = {name: _described(name, fields, size - 8 - length) for name, fields in content.items()}
    return Header(MappingProxyType(tensors), MappingProxyType(dict(metadata)))


def _described(name: str, fields: Mapping[str, Any], size: int) -> Described:
    found = Described(str(fields["dtype"]), tuple(map(int, fields["shape"])))
    start, end = fields["data_offsets"]
    if not 0 <= start <= end <= size:
        raise ValueError(f"{name} lies beyond its end")
    bits = _BITS.get(found.dtype)
    if bits is not None and found.numbers * bits != (end - start) * 8:
        raise ValueError(f"{name} has another size than its shape says")
    return found
