"""The LoRAs of a community, which come with a job: fetched from the blob store into files of this worker.

As with embeddings, every worker of a farm draws with them, and none needs to have them before.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from gpuworker.models.loras import LoraFile
from gpuworker.stages.bench import Bench, JobFailed
from moderation.told import Told
from storage.blobs import BlobMissing, BlobStoreAway
from storage.jobs import Imagine, Upscale

_MOST_KEPT = 64
"""A few MB each."""


class _Shelf:
    """Files that were used last, by the hash of their bytes, in a folder of this process; seats share it."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._kept: OrderedDict[str, Path] = OrderedDict()
        self._lock = Lock()

    def get(self, blob: str) -> Path | None:
        with self._lock:
            if blob in self._kept:
                self._kept.move_to_end(blob)
            return self._kept.get(blob)

    def put(self, blob: str, file: bytes) -> Path:
        with self._lock:
            if blob in self._kept:
                return self._kept[blob]
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="darkroom-loras-")
            (place := Path(self._folder.name, f"{blob}.safetensors")).write_bytes(file)
            self._kept[blob] = place
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)[1].unlink(missing_ok=True)
            return place


_SHELF = _Shelf()


def loras_of(task: Imagine | Upscale, bench: Bench) -> Mapping[str, LoraFile]:
    """Give the LoRAs that a task brings, by name. Raises JobFailed for one that cannot be had."""
    return {
        name: LoraFile(_SHELF.get(blob) or _SHELF.put(blob, _fetched(name, blob, bench)))
        for name, blob in sorted(task.loras.items())
    }


def lora_in(file: bytes) -> LoraFile:
    """Give a LoRA that was made just now as a file that requests bring."""
    return LoraFile(_SHELF.put(hashlib.sha256(file).hexdigest(), file))


def _fetched(name: str, blob: str, bench: Bench) -> bytes:
    try:
        return bench.blobs.get(blob)
    except BlobMissing as error:
        raise JobFailed(Told("The LoRA {name} is no longer kept: please leave it out.", name=name)) from error
    except BlobStoreAway as error:
        raise JobFailed(
            Told(
                "The LoRA {name} cannot be fetched, because the picture store is away. "
                "Please try again later.",
                name=name,
            )
        ) from error
