"""What every request passes: the log, faults, the token, rate limits, and the form of answers."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .errors import Refusal
from .faults import DROP, Fault, Faults
from .ratelimits import RateLimits, TooMany

API = "/api/v10"
Endpoint = Callable[[web.Request], Awaitable[Any]]
MAJOR = ("channel_id", "guild_id", "token")


@dataclass(frozen=True)
class Seen:
    """A line of the log."""

    method: str
    path: str
    status: int
    at: float
    code: int = 0

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class FrontDoor:
    """Wraps the endpoints; they return JSON (None for 204) or raise a `Refusal`."""

    def __init__(self, token: str, faults: Faults, limits: RateLimits) -> None:
        self.token = token
        self.faults = faults
        self.limits = limits
        self.requests: list[Seen] = []
        self.unknown: list[str] = []
        self.crashes: list[Exception] = []

    def route(self, method: str, path: str, endpoint: Endpoint) -> web.RouteDef:
        """An endpoint of the API. Token routes (webhooks, interactions) carry their own authorisation."""
        by_token = path.startswith(("/webhooks/", "/interactions/"))

        async def serve(request: web.Request) -> web.StreamResponse:
            major = "/".join(request.match_info.get(key, "") for key in MAJOR)
            headers: dict[str, str] = {}
            where = f"{request.method} {plain_path(request)}"
            await self.faults.linger(where)
            if (fault := self.faults.strike(where, after_effect=False)) is not None:
                return self._broken(request, fault)
            try:
                if not by_token:
                    self._authorize(request)
                headers = self.limits.admit(
                    method, path, major, plain_path(request), counts_globally=not by_token
                )
                result = await endpoint(request)
            except TooMany as refused:
                return self._answer(request, 429, refused.body(), refused.headers)
            except Refusal as refused:
                return self._answer(request, refused.status, refused.body(), headers, refused.code)
            except (ConnectionError, web.RequestPayloadError):
                raise  # the client went away in the middle of its request, as a killed bot does
            except Exception as crash:
                self.crashes.append(crash)
                raise
            if (fault := self.faults.strike(where, after_effect=True)) is not None:
                return self._broken(request, fault)
            await self.faults.travel()
            return self._answer(request, 204 if result is None else 200, result, headers)

        return web.route(method, API + path, serve)

    async def nowhere(self, request: web.Request) -> web.StreamResponse:
        """A route that Discord does not have, or that this emulator does not know."""
        self.unknown.append(f"{request.method} {plain_path(request)}")
        return self._answer(request, 404, {"message": "404: Not Found", "code": 0})

    def _authorize(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refusal(401, 0, "401: Unauthorized")
        # Reference, "User Agent": without a valid one Cloudflare blocks the request.
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            raise Refusal(403, 40333, "internal network error")

    def _broken(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.status == DROP:
            assert isinstance(request.transport, asyncio.Transport)
            request.transport.abort()
            return self._answer(request, 499, None)
        if fault.status == 429:
            refused = TooMany(fault.retry_after, {"X-RateLimit-Scope": "shared"}, everywhere=False)
            return self._answer(request, 429, refused.body(), refused.headers)
        self._log(request, fault.status)
        return web.Response(status=fault.status, text="<html>bad gateway</html>", content_type="text/html")

    def _answer(
        self,
        request: web.Request,
        status: int,
        body: Any,
        headers: dict[str, str] | None = None,
        code: int = 0,
    ) -> web.Response:
        self._log(request, status, code)
        # discord.py reads JSON only if the content type is exactly this, without a charset.
        typed = {"Content-Type": "application/json"} if body is not None else {}
        payload = None if body is None else json.dumps(body).encode()
        return web.Response(status=status, body=payload, headers={**(headers or {}), **typed})

    def _log(self, request: web.Request, status: int, code: int = 0) -> None:
        self.requests.append(Seen(request.method, plain_path(request), status, time.monotonic(), code))


def plain_path(request: web.Request) -> str:
    return request.path.removeprefix(API)
