"""Transport compression of the gateway. Reference, "Gateway", Transport Compression."""

import importlib
import json
import zlib
from collections.abc import Callable

from .errors import Json

Encoder = Callable[[Json], str | bytes]


def encoder(compress: str | None) -> Encoder:
    """A function that turns payloads into frames; one per connection, since the streams share a context."""
    if compress is None:
        return json.dumps
    if compress == "zlib-stream":
        stream = zlib.compressobj()
        return lambda payload: stream.compress(json.dumps(payload).encode()) + stream.flush(zlib.Z_SYNC_FLUSH)
    if compress == "zstd-stream":
        # discord.py asks for it only where it found this library itself.
        zstandard = importlib.import_module("zstandard")
        context = zstandard.ZstdCompressor().compressobj()
        flush_block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        return lambda payload: bytes(
            context.compress(json.dumps(payload).encode()) + context.flush(flush_block)
        )
    raise ValueError(f"unknown compression {compress!r}")
