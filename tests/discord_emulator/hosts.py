"""Discord's hosts of files under their real names: in this process, they are the emulator.

Nothing else may be asked for but what is on this machine.
"""

from typing import Any
from unittest import mock

import aiohttp
import yarl

CDN, MEDIA, PROXY = "cdn.discordapp.com", "media.discordapp.net", "images-ext-1.discordapp.net"
HOSTS = {CDN, MEDIA, PROXY}
HERE = {"127.0.0.1", "localhost", "::1"}


def resolved(cdn_url: str, strangers: list[str]) -> Any:
    """A patch of aiohttp that sends what it asks Discord's hosts for to `cdn_url`, by `with` or `start`.

    What it asks of other hosts fails, and is written down in `strangers`.
    """
    asked = aiohttp.ClientSession._request

    async def ask(self: Any, method: str, address: Any, **options: Any) -> Any:
        url = yarl.URL(address)
        if url.scheme == "https" and url.host in HOSTS:
            url = yarl.URL(f"{cdn_url}/{url.host}{url.raw_path_qs}", encoded=True)
        elif url.host not in HERE:
            strangers.append(f"{method} {url}")
            raise aiohttp.ClientConnectionError(f"there is nothing at {url} in this world")
        return await asked(self, method, url, **options)

    return mock.patch.object(aiohttp.ClientSession, "_request", ask)
