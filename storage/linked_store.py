"""A bot's pictures as a store, for workers elsewhere: what obstore's stores do, over signed links."""

from __future__ import annotations

import asyncio
import errno
import http
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
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
_FULL = http.HTTPStatus.INSUFFICIENT_STORAGE


Data: TypeAlias = bytes


class LinkRefused(OSError):
    """The bot is there and does not do this; it says why."""


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
        self.is_silent = False
        """Whether nobody answered the last time."""

    def answers(self) -> bool:
        """Say whether somebody answers, by the last request, or by a look every few seconds if nobody did."""
        if self.is_silent and self._looking.acquire(blocking=False):
            try:
                if time.monotonic() >= self._look_at:
                    self._once("HEAD", IDENTITY, timeout=_LOOK_TIMEOUT)
            except OSError:
                self._look_at = time.monotonic() + _LOOK_SECONDS
            finally:
                self._looking.release()
        return not self.is_silent

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
        query = self._links.signed(method, path)
        try:
            answer = self._client.request(
                method, f"{self._address}/{path}", params=query, content=data, timeout=timeout
            )
        except httpx.RequestError as error:
            self._heard(silent=True)
            raise Silent(reason_of(error)) from error
        # One that is full is there: what it has can be read.
        self._heard(silent=answer.status_code >= 500 and answer.status_code != _FULL)
        if answer.is_success and _is_marked(answer):
            return answer.content
        raise _refusal(answer, path)

    def _heard(self, *, silent: bool) -> None:
        before, self.is_silent = self.is_silent, silent
        if silent and not before:
            log.warning("The bot at %s, which keeps the pictures, is away: they wait for it.", self._address)
        elif before and not silent:
            log.info("The bot at %s is back.", self._address)


def _is_marked(answer: httpx.Response) -> bool:
    return all(answer.headers.get(name) == value for name, value in MARK.items())


def _refusal(answer: httpx.Response, path: str) -> OSError:
    """Give what an answer stands for that is no success."""
    status, said = answer.status_code, f"{answer.status_code} {answer.reason_phrase}"
    if status == _FULL:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if status >= 500:
        return Silent(answer.text.strip() if _is_marked(answer) else said)
    if not _is_marked(answer):
        return OSError(f"what answers there is not a bot of Darkroom ({said})")
    if status == http.HTTPStatus.NOT_FOUND:
        return FileNotFoundError(path)
    return LinkRefused(answer.text.strip())
