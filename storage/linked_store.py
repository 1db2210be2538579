"""A bot's pictures as a store, for workers elsewhere: what obstore's stores do, over signed links."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

import httpx2 as httpx
from obstore.exceptions import AlreadyExistsError

from storage.blob_links import IDENTITY, MARK, BlobLinks
from storage.errors import reason_of

log = logging.getLogger(__name__)

_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
"""Seconds without a byte. The bot may keep a request waiting while it takes others."""
_LOOK_TIMEOUT = httpx.Timeout(2.0)
_PAUSE_SECONDS = 1.0
"""Between two attempts."""
_LOOK_SECONDS = 3.0
"""Between two looks whether the bot is back."""


Data: TypeAlias = bytes


class LinkRefused(OSError):
    """Whoever answers does nothing for this machine; the message says why."""


class Silent(ConnectionError):
    """Nobody answers, or only that the bot is away."""


class Got:
    """What was read, as obstore gives it."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def bytes(self) -> Data:
        """Give all of it."""
        return self._data

    async def bytes_async(self) -> Data:
        """Do the same."""
        return self._data


class LinkedStore:
    """The store at an address at which a bot serves its own.

    While nobody answers, a request is repeated for `patience` seconds, or until `stop` is set. Methods raise
    Silent afterwards, LinkRefused, and OSError for whatever else goes wrong.
    """

    def __init__(
        self, address: str, links: BlobLinks, patience: float = 0.0, stop: threading.Event | None = None
    ) -> None:
        self._address, self._links = address.rstrip("/"), links
        self._patience, self._stop = patience, stop or threading.Event()
        self._client = httpx.Client(timeout=_TIMEOUT)
        self._looking = threading.Lock()
        self._look_at = 0.0
        self.trouble: str | None = None
        """What the last request met with, if others would as well."""

    def answers(self) -> bool:
        """Say whether requests are answered: as the last one was, or after trouble by a look now and then."""
        if self.trouble is not None and self._looking.acquire(blocking=False):
            try:
                if time.monotonic() >= self._look_at:
                    self._once("HEAD", IDENTITY, timeout=_LOOK_TIMEOUT)
            except OSError:
                self._look_at = time.monotonic() + _LOOK_SECONDS
            finally:
                self._looking.release()
        return self.trouble is None

    def put(self, path: str, file: bytes, *, mode: Literal["create", "overwrite"] = "overwrite") -> None:
        """Add a blob; the bot leaves one that is there alone, unless it is damaged."""
        if path == IDENTITY:
            raise AlreadyExistsError("the bot writes it")
        self._ask("PUT", path, file)

    def get(self, path: str) -> Got:
        """Read a blob. Raises FileNotFoundError."""
        return Got(self._ask("GET", path))

    async def get_async(self, path: str) -> Got:
        """Do the same without blocking the event loop."""
        return await asyncio.to_thread(self.get, path)

    def head(self, path: str) -> None:
        """Raise FileNotFoundError if there is no such blob."""
        self._ask("HEAD", path)

    async def head_async(self, path: str) -> None:
        """Do the same without blocking the event loop."""
        await asyncio.to_thread(self.head, path)

    def delete(self, path: str) -> None:
        """Delete a blob of those that do not last."""
        self._ask("DELETE", path)

    def list(self, prefix: str | None = None) -> Iterator[Sequence[Any]]:
        """Raise LinkRefused: whoever may read what it knows the name of need not know what there is."""
        raise LinkRefused("Pictures are listed only where the bot keeps them.")

    def _ask(self, method: str, path: str, data: bytes | None = None) -> bytes:
        give_up = time.monotonic() + self._patience
        while True:
            try:
                return self._once(method, path, data)
            except Silent:
                if time.monotonic() >= give_up or self._stop.wait(_PAUSE_SECONDS):
                    raise

    def _once(
        self, method: str, path: str, data: bytes | None = None, timeout: httpx.Timeout = _TIMEOUT
    ) -> bytes:
        url, query = f"{self._address}/{path}", self._links.signed(method, path)
        try:
            answer = self._client.request(method, url, params=query, content=data, timeout=timeout)
            refusal = _refusal_of(answer, path)
        except httpx.RequestError as error:
            refusal = Silent(reason_of(error))
        self._heard(str(refusal) if isinstance(refusal, LinkRefused | Silent) else None)
        if refusal is not None:
            raise refusal
        return answer.content

    def _heard(self, trouble: str | None) -> None:
        before, self.trouble = self.trouble, trouble
        if trouble is not None and before is None:
            log.warning("Pictures wait for the bot at %s: %s", self._address, trouble)
        elif before is not None and trouble is None:
            log.info("The bot at %s is back.", self._address)


def _refusal_of(answer: httpx.Response, path: str) -> OSError | None:
    """Give what an answer stands for that is no success."""
    status, said = answer.status_code, f"{answer.status_code} {answer.reason_phrase}"
    marked = all(answer.headers.get(name) == value for name, value in MARK.items())
    if not marked:
        return Silent(said) if status >= 500 else LinkRefused(f"it is not a bot of Darkroom ({said}).")
    if answer.is_success:
        return None
    match status:
        case HTTPStatus.NOT_FOUND:
            return FileNotFoundError(path)
        case HTTPStatus.FORBIDDEN:
            return LinkRefused(answer.text.strip())
        case HTTPStatus.INSUFFICIENT_STORAGE:
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return Silent(answer.text.strip() or said) if status >= 500 else OSError(answer.text.strip())
