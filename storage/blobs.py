"""Pictures stored under the hash of their bytes: in a folder, or by a setting in S3 or through a bot."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import hashlib
import os
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError
from obstore.store import LocalStore, S3Store

from storage.blob_links import IDENTITY, SCRATCH, BlobLinks, WrongLink
from storage.errors import reason_of
from storage.linked_store import LinkedStore, LinkRefused, Silent
from storage.s3_trouble import no_bucket, s3_trouble, wrong_endpoint
from storage.settings import Settings
from storage.signing import UNSIGNED, Signer, signer_for

if TYPE_CHECKING:
    from obstore.store import ObjectStore, RetryConfig


class BlobMissing(Exception):
    """No blob has this hash, or its bytes are no longer those that were stored."""


class BlobStoreAway(Exception):
    """The store cannot be written or read now; the message says why."""


class BlobStoreFull(BlobStoreAway):
    """There is no room for another blob; those that are there can be read."""


class BlobStoreSilent(BlobStoreAway):
    """The bot that keeps the blobs does not answer, so that nobody waits for them either until it is back."""


class Blobs:
    """A store in which a blob's name is the SHA-256 of its bytes: blobs are added and never changed.

    `place` is a folder, `s3://bucket/prefix`, or `https://host:port` of a bot that serves its own. S3 takes
    its keys, region and endpoint from the usual AWS_* variables; a store of one's own needs AWS_ENDPOINT_URL,
    and AWS_ALLOW_HTTP=true if it speaks plain HTTP. A bot has the same key as the `signer`; while it does not
    answer, it is asked again for `patience` seconds, or until `stop` is set.
    """

    def __init__(
        self,
        place: str,
        signer: Signer = UNSIGNED,
        patience: float = 0.0,
        stop: threading.Event | None = None,
    ) -> None:
        """Open the store. Raises BlobStoreAway if the folder cannot be made or the address makes no sense."""
        self.place = place
        self._folder = ""
        self._store: ObjectStore | LinkedStore
        try:
            if place.startswith(THROUGH_A_BOT):
                self._store = LinkedStore(place, BlobLinks(signer), patience, stop)
            elif place.startswith(_S3):
                if wrong := wrong_endpoint(os.environ):
                    raise ValueError(wrong)
                self._store = S3Store.from_url(place, retry_config=_RETRIES)
            else:
                self._store = LocalStore(place, mkdir=True)
        except (BaseError, OSError, ValueError, WrongLink) as error:
            raise BlobStoreAway(f"Pictures cannot be kept in {place}: {reason_of(error)}") from error

    @classmethod
    def open(cls, settings: Settings, patience: float = 0.0, stop: threading.Event | None = None) -> Blobs:
        """Open the store that the settings name."""
        place = settings.blobs_place
        signer = signer_for(settings) if place.startswith(THROUGH_A_BOT) else UNSIGNED
        return cls(place, signer, patience, stop)

    @property
    def scratch(self) -> Blobs:
        """Give the part of the store for what does not last, the only one in which a worker may delete."""
        part = copy.copy(self)
        part._folder = SCRATCH
        return part

    @property
    def trouble(self) -> str | None:
        """Say why a bot that keeps the blobs is of no use at the moment, if that is known; None of others."""
        return self._store.trouble if isinstance(self._store, LinkedStore) else None

    def answers(self) -> bool:
        """Say no while there is such trouble; the bot is then asked anew every few seconds."""
        return not isinstance(self._store, LinkedStore) or self._store.answers()

    def put(self, data: bytes) -> str:
        """Store the bytes and give their hash in hexadecimal. Raises BlobStoreAway.

        What is there already is left alone, unless it was damaged: then it is whole again afterwards. A store
        is told that there must be none yet (S3 by `If-None-Match: *`, in one request), so that it can be had
        to take nothing else from a worker.
        """
        sha = hashlib.sha256(data).hexdigest()
        try:
            self._store.put(self._path(sha), data, mode="create")
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
            self._store.put(self._path(sha), data, mode="overwrite")
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    def get(self, sha: str) -> bytes:
        """Give the bytes. Raises BlobMissing if they are absent or damaged, and BlobStoreAway."""
        try:
            data = bytes(self._store.get(self._path(sha)).bytes())
        except FileNotFoundError as error:
            raise self._missing(sha, error) from error
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        return self._checked(sha, data)

    async def aget(self, sha: str) -> bytes:
        """Do the same without blocking the event loop."""
        try:
            data = bytes(await (await self._store.get_async(self._path(sha))).bytes_async())
        except FileNotFoundError as error:
            raise self._missing(sha, error) from error
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        return self._checked(sha, data)

    def has(self, sha: str) -> bool:
        """Say whether a blob is there, whole or damaged. Raises BlobStoreAway."""
        try:
            self._store.head(self._path(sha))
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        return True

    async def ahas(self, sha: str) -> bool:
        """Do the same without blocking the event loop."""
        try:
            await self._store.head_async(self._path(sha))
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        return True

    def delete(self, sha: str) -> None:
        """Delete a blob; one that is gone already is as it should be. Raises BlobStoreAway."""
        try:
            self._store.delete(self._path(sha))
        except FileNotFoundError:
            pass
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    async def adelete(self, sha: str) -> None:
        """Do the same without blocking the event loop."""
        await asyncio.to_thread(self.delete, sha)

    def address(self, sha: str) -> str:
        """Say where a blob lies, for people: its file, or its address in S3 or at a bot."""
        return f"{self.place.rstrip('/')}/{self._path(sha)}"

    def names(self) -> Iterator[str]:
        """Yield the hashes of all blobs. Raises BlobStoreAway."""
        try:
            for chunk in self._store.list(self._folder or None):
                for found in chunk:
                    if match := _BLOB.fullmatch(found["path"].removeprefix(self._folder)):
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
            # Whoever may not list what there is may be told so instead of that there is none.
            with contextlib.suppress(FileNotFoundError, PermissionDeniedError):
                return self._identity()
            with contextlib.suppress(AlreadyExistsError):
                self._store.put(IDENTITY, uuid4().hex.encode(), mode="create")
            return self._identity()
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    def _identity(self) -> str:
        return bytes(self._store.get(IDENTITY).bytes()).decode(errors="replace")

    def _path(self, sha: str) -> str:
        """Spread blobs over 256 folders: a folder with a million files is slow to list."""
        return f"{self._folder}{sha[:2]}/{sha}.png"

    def _checked(self, sha: str, data: bytes) -> bytes:
        if hashlib.sha256(data).hexdigest() != sha:
            raise BlobMissing(f"Picture {sha} in {self.place} is damaged.")
        return data

    def _missing(self, sha: str, error: FileNotFoundError) -> BlobMissing | BlobStoreAway:
        return (
            self._away(error) if no_bucket(error) else BlobMissing(f"Picture {sha} is not in {self.place}.")
        )

    def _away(self, error: Exception) -> BlobStoreAway:
        if "No space left on device" in str(error) or "507 Insufficient Storage" in str(error):
            return BlobStoreFull(f"The disk that holds {self.place} is full: make room there.")
        if isinstance(error, LinkRefused):
            return BlobStoreAway(f"{self.place} keeps no pictures for this machine: {reason_of(error)}")
        if isinstance(error, Silent):
            return BlobStoreSilent(
                f"The bot at {self.place}, which keeps the pictures, is away: {reason_of(error)}"
            )
        told = s3_trouble(self.place, error) if self.place.startswith(_S3) else None
        return BlobStoreAway(told or f"The picture store {self.place} is away: {reason_of(error)}")


_S3 = "s3://"
THROUGH_A_BOT = ("https://", "http://")
"""How places begin at which a bot serves its store."""
_BLOB = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})\.png")

_RETRIES: RetryConfig = {
    "max_retries": 4,
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
    "retry_timeout": timedelta(seconds=20),
}
