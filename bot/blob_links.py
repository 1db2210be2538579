"""The bot's pictures, served to workers that have no other way to them, by signed links.

Whoever has the farm's key may read each picture that it knows the hash of, and add such as are what their
name says, so that none is ever changed. It may delete only what does not last, and list nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from aiohttp import web

from storage.blob_links import IDENTITY, LARGEST_BLOB, MARK, SCRATCH, BlobLinks, WrongLink
from storage.blobs import BlobMissing, Blobs, BlobStoreAway, BlobStoreFull
from storage.settings import BotSettings
from storage.signing import signer_for

_T = TypeVar("_T")
log = logging.getLogger(__name__)

_NAME = re.compile(rf"({SCRATCH})?([0-9a-f]{{2}})/(\2[0-9a-f]{{62}})\.png")
_MOST_PICTURES, _MOST_STATES = 16, 2
"""Blobs in memory at once, and such as do not last, which are larger; whoever asks for another one waits."""
_THREADS = 4
"""They write, beside those on which members wait: a store that is away holds each up for 20 s."""
_PIECE = 2**20
_IDLE_SECONDS = 30.0
"""After so long without a byte, somebody is gone."""
_END_SECONDS = 1.0
"""So long the bot waits for what is on its way, when it is stopped."""


class BlobsNotServed(Exception):
    """The pictures cannot be served; the message is a sentence for the operator."""


@contextlib.asynccontextmanager
async def blobs_served(settings: BotSettings, blobs: Blobs) -> AsyncIterator[None]:
    """Serve the blobs while the block runs, if the settings say where. Raises BlobsNotServed."""
    if settings.blobs_address is None:
        yield
        return
    try:
        links = BlobLinks(signer_for(settings))
    except WrongLink as error:
        raise BlobsNotServed(str(error)) from error
    async with _running(_BlobServer(blobs, links), *settings.blobs_address):
        yield


@contextlib.asynccontextmanager
async def _running(server: _BlobServer, host: str, port: int) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_route("*", "/{name:.*}", server.answer)
    app.on_response_prepare.append(_marked)
    # Without a log of accesses, in which links would stand.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_END_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise BlobsNotServed(
            f"The pictures cannot be served at {host}:{port} ({error.strerror}): set DARKROOM_SERVE_BLOBS to "
            "an address that is free."
        ) from error
    log.info("workers find the pictures at http://%s:%d", host, port)
    try:
        yield
    finally:
        await runner.cleanup()
        server.end()


async def _marked(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(MARK)


class _BlobServer:
    def __init__(self, blobs: Blobs, links: BlobLinks) -> None:
        self._blobs, self._links = blobs, links
        self._for_pictures, self._for_states = map(asyncio.Semaphore, (_MOST_PICTURES, _MOST_STATES))
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="blobs")

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Do what a link asks for, if it is one of ours; else say why not."""
        name = request.match_info["name"]
        try:
            self._links.check(request.method, name, request.query)
            if name == IDENTITY and request.method in ("GET", "HEAD"):
                return web.Response(text=await self._aside(self._blobs.identity))
            if not (found := _NAME.fullmatch(name)):
                return web.Response(status=404, text="No blob has such a name.")
            return await self._of_blob(request, found[3], lasts=not found[1])
        except WrongLink as error:
            return web.Response(status=403, text=str(error))
        except BlobMissing as error:
            return web.Response(status=404, text=str(error))
        except BlobStoreFull as error:
            return web.Response(status=507, text=str(error))
        except BlobStoreAway as error:
            return web.Response(status=503, text=str(error))
        except (ConnectionError, TimeoutError):
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=408)

    async def _of_blob(self, request: web.Request, sha: str, *, lasts: bool) -> web.StreamResponse:
        blobs, places = self._blobs, self._for_pictures
        if not lasts:
            blobs, places = self._blobs.scratch, self._for_states
        match request.method:
            case "HEAD":
                return web.Response(status=200 if await blobs.ahas(sha) else 404)
            case "GET":
                async with places:
                    return await _send(request, await blobs.aget(sha))
            case "PUT":
                async with places:
                    return await self._take(request, blobs, sha)
            case "DELETE" if not lasts:
                await self._aside(blobs.delete, sha)
                return web.Response(status=204)
        return web.Response(
            status=405, text="Workers read and add blobs, and delete only what does not last."
        )

    async def _take(self, request: web.Request, blobs: Blobs, sha: str) -> web.Response:
        """Store what is sent if its name is its hash. Raises ConnectionError, TimeoutError, BlobStoreAway."""
        data = bytearray()
        while piece := await asyncio.wait_for(request.content.readany(), _IDLE_SECONDS):
            data += piece
            if len(data) > LARGEST_BLOB:
                return web.Response(status=413, text=f"A blob has at most {LARGEST_BLOB // 2**20} MiB.")
        if not await self._aside(_put, blobs, sha, data):
            return web.Response(status=400, text="These bytes have another hash than their name.")
        return web.Response(status=204)

    async def _aside(self, do: Callable[..., _T], *given: Any) -> _T:
        """Do what waits for a disk or a network on a thread of the server's own."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, do, *given)

    def end(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _send(request: web.Request, data: bytes) -> web.StreamResponse:
    """Send a blob. Raises ConnectionError, and TimeoutError if nobody takes it."""
    response = web.StreamResponse()
    response.content_length = len(data)
    await response.prepare(request)
    for start in range(0, len(data), _PIECE):
        async with asyncio.timeout(_IDLE_SECONDS):
            await response.write(data[start : start + _PIECE])
    return response


def _put(blobs: Blobs, sha: str, data: bytearray) -> bool:
    """Store data if that is its hash. Raises BlobStoreAway."""
    if hashlib.sha256(data).hexdigest() != sha:
        return False
    blobs.put(bytes(data))
    return True
