"""Files at Discord's own hosts, fetched from there and from nowhere else.

An address comes with an interaction, or from a note in Redis that somebody else may have written: a bot that
fetched any address would make requests inside the operator's network, in the bot's name.
"""

from __future__ import annotations

import logging

import aiohttp
import yarl

from bot.refusals import Refusal
from moderation.told import Told
from storage.intake import LARGEST_FILE

log = logging.getLogger(__name__)

HOSTS = frozenset(
    {
        "cdn.discordapp.com",
        "media.discordapp.net",
        "images-ext-1.discordapp.net",
        "images-ext-2.discordapp.net",
    }
)
"""The hosts of attachments, of their proxied copies, and of proxied pictures from other sites."""
_PIECE = 2**16
NOT_HANDED_OVER = Told("Discord did not hand me the picture in time. Please send it again.")


def is_discords(address: str | None) -> bool:
    """Say whether a file's address is Discord's: https, at one of its hosts, without a password."""
    if not address:
        return False
    try:
        url = yarl.URL(address)
        return (
            url.scheme == "https"
            and url.host in HOSTS
            and url.port == 443
            and url.user is None
            and url.password is None
        )
    except ValueError:
        return False


async def fetch(address: str) -> bytes:
    """Give a file, or as much of it as shows that it is too large. Raises Refusal.

    Takes seconds: the caller sets the time-out.
    """
    if not is_discords(address):
        log.error("a file was to be fetched from %.200s, which is not at Discord", address)
        raise Refusal(Told("This picture does not lie at Discord, so I may not fetch it. Please attach it."))
    try:
        # Nothing is decoded on the way, and nobody sends the bot elsewhere.
        async with (
            aiohttp.ClientSession(auto_decompress=False, headers={"Accept-Encoding": "identity"}) as session,
            session.get(address, allow_redirects=False) as response,
        ):
            if response.status == 200:
                return await _limited(response)
            log.warning("a file at Discord was not handed over: status %d", response.status)
    except (aiohttp.ClientError, OSError) as error:
        log.warning("a file at Discord could not be fetched: %r", error)
        raise Refusal(NOT_HANDED_OVER) from error
    raise Refusal(NOT_HANDED_OVER)


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for piece in response.content.iter_chunked(_PIECE):
        data += piece
        if len(data) > LARGEST_FILE:
            break
    return bytes(data)
