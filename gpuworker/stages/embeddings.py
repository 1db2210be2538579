"""The embeddings of a community, which come with a job: fetched from the blob store and read.

So every worker of a farm draws with them, and none needs their files. What is fetched is what the job names,
for blobs are called by the hash of their bytes; it must be a safetensors file with one word, and whether its
vectors fit the checkpoint the engine says.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from safetensors import SafetensorError

from gpuworker.adapters.embedding_file import read_carried
from gpuworker.engine.request import CarriedEmbedding
from gpuworker.families.model import Embedding
from gpuworker.stages.bench import Bench, JobFailed, WorkerFailed
from moderation.told import Told
from storage.blobs import BlobMissing, BlobStoreAway
from storage.jobs import Imagine, Upscale

log = logging.getLogger(__name__)

_MOST_KEPT = 256
"""A few KB each. One object for one file lets the engine remember what the text towers made of it."""


class _Shelf:
    """The embeddings that were read last, by the hash of their files; seats share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Embedding] = OrderedDict()
        self._lock = Lock()

    def get(self, blob: str) -> Embedding | None:
        with self._lock:
            if blob in self._kept:
                self._kept.move_to_end(blob)
            return self._kept.get(blob)

    def keep(self, blob: str, embedding: Embedding) -> Embedding:
        with self._lock:
            kept = self._kept.setdefault(blob, embedding)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return kept


_SHELF = _Shelf()


def carried_by(task: Imagine | Upscale, bench: Bench) -> Mapping[str, CarriedEmbedding]:
    """Give the embeddings that a task brings, by name. Raises JobFailed for one that cannot be had."""
    return {
        name: CarriedEmbedding(_SHELF.get(blob) or _SHELF.keep(blob, _read(name, blob, bench)), blob)
        for name, blob in sorted(task.embeddings.items())
    }


def _read(name: str, blob: str, bench: Bench) -> Embedding:
    try:
        return Embedding(read_carried(bench.blobs.get(blob)))
    except BlobMissing as error:
        raise JobFailed(
            Told("The embedding {name} is no longer kept: please leave it out.", name=name)
        ) from error
    except BlobStoreAway as error:
        raise WorkerFailed(
            Told(
                "The embedding {name} cannot be fetched, because the picture store is away. "
                "Please try again later.",
                name=name,
            )
        ) from error
    except (SafetensorError, ValueError) as error:
        log.error("embedding %s: blob %s cannot be read: %s", name, blob, error)
        raise JobFailed(
            Told("The embedding {name} cannot be read: its author has to send it again.", name=name)
        ) from error
