"""Equal contents, equal files: what a safetensors file says of itself, in an order that does not change."""

from __future__ import annotations

import json


def ordered(file: bytes) -> bytes:
    """Write a file's header anew with its metadata sorted by name.

    The library writes metadata in an order that differs from call to call, and a file is stored under the
    hash of its bytes. Source: the format's description in the README of huggingface/safetensors: the header's
    length as 8 bytes, then the header as JSON, which spaces pad so that numbers begin at a multiple of 8.
    """
    end = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:end])
    if about := header.get("__metadata__"):
        header["__metadata__"] = dict(sorted(about.items()))
    written = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    written += b" " * (-len(written) % 8)
    return len(written).to_bytes(8, "little") + written + file[end:]
