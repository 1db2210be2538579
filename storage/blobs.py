"""Pictures stored under the hash of their bytes: in a folder, or in S3 by a setting."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, S3Store

from storage.errors import reason_of
from storage.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ObjectStore, RetryConfig


class BlobMissing(Exception):
    """No blob has this hash, or its bytes are no longer those that were stored."""


class BlobStoreAway(Exception):
    """The store cannot be written or read now; the message says why."""


class BlobStoreFull(BlobStoreAway):
    """There is no room for another blob; those that are there can be read."""


class Blobs:
    """A store in which a blob's name is the SHA-256 of its bytes: blobs are added and never changed.

    `place` is a folder or `s3://bucket/prefix`. S3 takes its keys, region and endpoint from the usual AWS_*
    variables; a store of one's own needs AWS_ENDPOINT_URL, and AWS_ALLOW_HTTP=true if it speaks plain HTTP.
    """

    def __init__(self, place: str) -> None:
        """Open the store. Raises BlobStoreAway if the folder cannot be made or the address makes no sense."""
        self.place = place
        try:
            self._store: ObjectStore = (
                S3Store.from_url(place, retry_config=_RETRIES)
                if place.startswith("s3://")
                else LocalStore(place, mkdir=True)
            )
        except (BaseError, OSError, ValueError) as error:
            raise BlobStoreAway(f"Pictures cannot be kept in {place}: {reason_of(error)}") from error

    @property
    def scratch(self) -> Blobs:
        """Give the part of the store for what does not last, the only one in which a worker may delete.

        Raises BlobStoreAway.
        """
        return Blobs(f"{self.place.rstrip('/')}/scratch")

    @classmethod
    def open(cls, settings: Settings) -> Blobs:
        """Open the store that the settings name."""
        return cls(settings.blobs_place)

    def put(self, data: bytes) -> str:
        """Store the bytes and give their hash in hexadecimal. Raises BlobStoreAway.

        What is there already is left alone, unless it was damaged: then it is whole again afterwards. A store
        is told that there must be none yet (S3 by `If-None-Match: *`, in one request), so that it can be had
        to take nothing else from a worker.
        """
        sha = hashlib.sha256(data).hexdigest()
        try:
            self._store.put(_path(sha), data, mode="create")
        except AlreadyExistsError:
            if self._is_damaged(sha):
                self._write(sha, data)
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        return sha

    async def aput(self, data: bytes) -> str:
        """Do the same without blocking the event loop."""
        return await asyncio.to_thread(self.put, data)

    def _is_damaged(self, sha: str) -> bool:
        try:
            self.get(sha)
        except BlobMissing:
            return True
        return False

    def _write(self, sha: str, data: bytes) -> None:
        try:
            self._store.put(_path(sha), data, mode="overwrite")
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    def get(self, sha: str) -> bytes:
        """Give the bytes. Raises BlobMissing if they are absent or damaged, and BlobStoreAway."""
        try:
            data = bytes(self._store.get(_path(sha)).bytes())
        except FileNotFoundError as error:
            raise BlobMissing(f"Picture {sha} is not in {self.place}.") from error
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        return self._checked(sha, data)

    async def aget(self, sha: str) -> bytes:
        """Do the same without blocking the event loop."""
        try:
            data = bytes(await (await self._store.get_async(_path(sha))).bytes_async())
        except FileNotFoundError as error:
            raise BlobMissing(f"Picture {sha} is not in {self.place}.") from error
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        return self._checked(sha, data)

    def has(self, sha: str) -> bool:
        """Say whether a blob is there, whole or damaged. Raises BlobStoreAway."""
        try:
            self._store.head(_path(sha))
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        return True

    async def ahas(self, sha: str) -> bool:
        """Do the same without blocking the event loop."""
        try:
            await self._store.head_async(_path(sha))
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        return True

    def delete(self, sha: str) -> None:
        """Delete a blob; one that is gone already is as it should be. Raises BlobStoreAway."""
        try:
            self._store.delete(_path(sha))
        except FileNotFoundError:
            pass
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    async def adelete(self, sha: str) -> None:
        """Do the same without blocking the event loop."""
        await asyncio.to_thread(self.delete, sha)

    def names(self) -> Iterator[str]:
        """Yield the hashes of all blobs. Raises BlobStoreAway."""
        try:
            for chunk in self._store.list():
                for found in chunk:
                    if match := _BLOB.fullmatch(found["path"]):
                        yield match[1]
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    def try_writing(self) -> None:
        """Store something new, read it and delete it. Raises BlobStoreAway, and BlobMissing if it is gone."""
        scratch = self.scratch
        sha = scratch.put(b"darkroom doctor" * 1000 + os.urandom(16))
        scratch.get(sha)
        scratch.delete(sha)

    def identity(self) -> str:
        """Give a name that this store has, and no other one: who sees the same name sees the same pictures.

        It is written the first time that anybody asks. Raises BlobStoreAway.
        """
        try:
            with contextlib.suppress(AlreadyExistsError):
                self._store.put(_IDENTITY, uuid4().hex.encode(), mode="create")
            return bytes(self._store.get(_IDENTITY).bytes()).decode(errors="replace")
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    def _checked(self, sha: str, data: bytes) -> bytes:
        if hashlib.sha256(data).hexdigest() != sha:
            raise BlobMissing(f"Picture {sha} in {self.place} is damaged.")
        return data

    def _away(self, error: Exception) -> BlobStoreAway:
        if "No space left on device" in str(error):
            return BlobStoreFull(f"The disk that holds {self.place} is full: make room there.")
        return BlobStoreAway(f"The picture store {self.place} is away: {reason_of(error)}")


_IDENTITY = "identity.txt"
_BLOB = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})\.png")

_RETRIES: RetryConfig = {
    "max_retries": 4,
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
    "retry_timeout": timedelta(seconds=20),
}


def _path(sha: str) -> str:
    """Spread blobs over 256 folders: a folder with a million files is slow to list."""
    return f"{sha[:2]}/{sha}.png"
