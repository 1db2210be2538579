"""The LoRAs of a community, which come with a job: fetched from the blob store into files of this worker.

As with embeddings, every worker of a farm draws with them, and none needs to have them before.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from gpuworker.models.loras import LoraFile
from gpuworker.stages.bench import Bench, JobFailed, WorkerFailed
from moderation.told import Told
from storage.blobs import BlobMissing, BlobStoreAway
from storage.jobs import Imagine, Upscale

_MOST_KEPT = 64
"""A few MB each."""


class _Held:
    """A file in a folder, which is deleted as soon as nobody has this any more."""

    def __init__(self, file: bytes, folder: str) -> None:
        descriptor, place = tempfile.mkstemp(".safetensors", dir=folder)
        self.place = Path(place)
        weakref.finalize(self, self.place.unlink, missing_ok=True)
        with os.fdopen(descriptor, "wb") as written:
            written.write(file)


class _Shelf:
    """Files of LoRAs by the hash of their bytes, in a folder of this process; seats share it.

    Those that were used last stay, and those that a request brings, however many others come.
    """

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._kept: OrderedDict[str, _Held] = OrderedDict()
        self._there: weakref.WeakValueDictionary[str, _Held] = weakref.WeakValueDictionary()
        self._lock = Lock()

    def get(self, blob: str) -> LoraFile | None:
        with self._lock:
            held = self._there.get(blob)
            return None if held is None else self._used(blob, held)

    def put(self, blob: str, file: bytes) -> LoraFile:
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="darkroom-loras-")
            if (held := self._there.get(blob)) is None:
                held = self._there[blob] = _Held(file, self._folder.name)
            return self._used(blob, held)

    def _used(self, blob: str, held: _Held) -> LoraFile:
        self._kept[blob] = held
        self._kept.move_to_end(blob)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return LoraFile(held.place, held=held)


_SHELF = _Shelf()


def loras_of(task: Imagine | Upscale, bench: Bench) -> Mapping[str, LoraFile]:
    """Give the LoRAs that a task brings, by name. Raises JobFailed for one that cannot be had."""
    return {
        name: _SHELF.get(blob) or _SHELF.put(blob, _fetched(name, blob, bench))
        for name, blob in sorted(task.loras.items())
    }


def lora_in(file: bytes) -> LoraFile:
    """Give a LoRA that was made just now as a file that requests bring."""
    return _SHELF.put(hashlib.sha256(file).hexdigest(), file)


def _fetched(name: str, blob: str, bench: Bench) -> bytes:
    try:
        return bench.blobs.get(blob)
    except BlobMissing as error:
        raise JobFailed(Told("The LoRA {name} is no longer kept: please leave it out.", name=name)) from error
    except BlobStoreAway as error:
        raise WorkerFailed(
            Told(
                "The LoRA {name} cannot be fetched, because the picture store is away. "
                "Please try again later.",
                name=name,
            )
        ) from error
