"""How far trainings are, kept outside of the workers, so that one that dies loses seconds."""

from __future__ import annotations

import logging
import re
from contextlib import suppress

import redis
from rq.utils import as_text

from storage.blobs import BlobMissing, Blobs, BlobStoreAway
from storage.jobs import JobId

log = logging.getLogger(__name__)

_HASH = re.compile(r"[0-9a-f]{64}")


class TrainingNotes:
    """The state of each training as a blob, and in Redis which blob it is.

    It is kept where workers may delete, until `forget` is called by whoever learns that a training is over,
    whatever came of it: a blob that nothing names any more could not be deleted. No method raises when Redis
    or the blob store is away: the training goes on, and notes it again later.
    """

    def __init__(self, connection: redis.Redis, blobs: Blobs) -> None:
        self._redis, self._blobs = connection, blobs

    def note(self, job_id: JobId, state: bytes) -> None:
        """Keep a state in the place of the one before."""
        try:
            before, scratch = self._blob_of(job_id), self._blobs.scratch
            blob = scratch.put(state)
            self._redis.set(_key(job_id), blob)
            if before is not None and before != blob:
                scratch.delete(before)
        except (redis.RedisError, BlobStoreAway) as error:
            log.warning("job %s: its training could not be noted: %s", job_id, error)

    def read(self, job_id: JobId) -> bytes | None:
        """Give the last state, or None if there is none or it cannot be had."""
        try:
            blob = self._blob_of(job_id)
            return None if blob is None else self._blobs.scratch.get(blob)
        except (redis.RedisError, BlobStoreAway, BlobMissing) as error:
            log.warning("job %s: its training begins anew: %s", job_id, error)
            return None

    def forget(self, job_id: JobId) -> None:
        """Drop the state of a training that is over."""
        with suppress(redis.RedisError, BlobStoreAway):
            if (blob := self._blob_of(job_id)) is not None:
                self._redis.delete(_key(job_id))
                self._blobs.scratch.delete(blob)

    def _blob_of(self, job_id: JobId) -> str | None:
        found = as_text(self._redis.get(_key(job_id)) or b"")
        return found if _HASH.fullmatch(found) else None


def _key(job_id: JobId) -> str:
    return f"darkroom:training:{job_id}"
