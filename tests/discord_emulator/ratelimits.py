"""Buckets, their headers and 429. Reference, "Rate Limits"."""

import math
import time
from dataclasses import dataclass, field

from .errors import Json

# Method and route: requests per seconds, counted for each value of the major parameter. Discord publishes
# no table ("read the headers"); these are the values that bots observe.
LIMITS: dict[tuple[str, str], tuple[int, float]] = {
    ("POST", "/channels/{channel_id}/messages"): (5, 5.0),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"): (5, 5.0),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"): (5, 1.0),
    ("POST", "/channels/{channel_id}/typing"): (5, 5.0),
    ("POST", "/webhooks/{webhook_id}/{token}"): (5, 2.0),
    ("GET", "/webhooks/{webhook_id}/{token}/messages/{message_id}"): (5, 2.0),
    ("PATCH", "/webhooks/{webhook_id}/{token}/messages/{message_id}"): (5, 2.0),
    ("DELETE", "/webhooks/{webhook_id}/{token}/messages/{message_id}"): (5, 2.0),
}
GLOBAL = (50, 1.0)


@dataclass(frozen=True)
class RateLimitHit:
    """A request that Discord turned down with 429; every one of them counts towards a ban."""

    method: str
    path: str
    everywhere: bool
    retry_after: float


class TooMany(Exception):
    """Raised instead of serving the request."""

    def __init__(self, retry_after: float, headers: dict[str, str], *, everywhere: bool) -> None:
        super().__init__(f"retry after {retry_after:.3f} s")
        self.retry_after = retry_after
        self.everywhere = everywhere
        # discord.py retries only what has come through Discord's proxy.
        self.headers = headers | {"Retry-After": str(math.ceil(retry_after)), "Via": "1.1 google"}

    def body(self) -> Json:
        return {
            "message": "You are being rate limited.",
            "retry_after": round(self.retry_after, 3),
            "global": self.everywhere,
        }


@dataclass
class Bucket:
    """A fixed window: it opens with the first request and closes `per` seconds later."""

    limit: int
    per: float
    used: int = 0
    closes: float = 0.0

    def take(self, now: float) -> bool:
        if now >= self.closes:
            self.used, self.closes = 0, now + self.per
        self.used += 1
        return self.used <= self.limit

    def headers(self, now: float) -> dict[str, str]:
        left = max(self.closes - now, 0.0)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(self.limit - self.used, 0)),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
        }


@dataclass
class RateLimits:
    """All buckets. Real time, since clients really wait."""

    buckets: dict[tuple[str, ...], Bucket] = field(default_factory=dict)
    whole: Bucket = field(default_factory=lambda: Bucket(*GLOBAL))
    hits: list[RateLimitHit] = field(default_factory=list)

    def admit(
        self, method: str, route: str, major: str, path: str, *, counts_globally: bool
    ) -> dict[str, str]:
        """The headers for the answer, or `TooMany`."""
        now = time.monotonic()
        if counts_globally and not self.whole.take(now):
            self._turn_down(
                method, path, self.whole.closes - now, {"X-RateLimit-Scope": "global"}, everywhere=True
            )
        if (method, route) not in LIMITS:
            return {}
        key = (method, route, major)
        bucket = self.buckets.setdefault(key, Bucket(*LIMITS[method, route]))
        admitted = bucket.take(now)
        headers = bucket.headers(now) | {"X-RateLimit-Bucket": f"{hash((method, route)) & 0xFFFFFFFF:08x}"}
        if not admitted:
            headers["X-RateLimit-Scope"] = "user"
            self._turn_down(method, path, bucket.closes - now, headers, everywhere=False)
        return headers

    def _turn_down(
        self, method: str, path: str, retry_after: float, headers: dict[str, str], *, everywhere: bool
    ) -> None:
        self.hits.append(RateLimitHit(method, path, everywhere, retry_after))
        raise TooMany(retry_after, headers, everywhere=everywhere)
