"""Whether addresses of servers can be understood, before anything connects to them."""

from __future__ import annotations

import os
from urllib.parse import parse_qsl, urlsplit

NUMBERS_AND_SIGNS = (
    "with a number as the port, and in a password %23 instead of #, %2F instead of /, %3F instead of ? "
    "and %40 instead of @"
)
"""What an address has to be, beyond its parts."""


def port_of(address: str) -> int:
    """Read the port off the end of an address; 0 where there is none."""
    port = address.rpartition(":")[2]
    return int(port) if port.isascii() and port.isdecimal() else 0


def served_at(address: str) -> tuple[str, int]:
    """Give host and port of a port or `host:port`: on this machine alone unless there is a host."""
    return address.rpartition(":")[0] or "127.0.0.1", port_of(address)


def leads_to_http(url: str) -> bool:
    """Say whether an address is that of a server of HTTP or HTTPS, and of nothing that it has."""
    try:
        parts = urlsplit(url)
        return bool(
            parts.scheme in ("http", "https")
            and parts.hostname
            and parts.port != 0
            and not (parts.username or parts.query or parts.fragment)
        )
    except ValueError:
        return False


def leads_to_redis(url: str) -> bool:
    """Say whether the client understands every part of an address; nothing is connected."""
    import redis

    try:
        number = "" if url.startswith("unix://") else urlsplit(url).path.strip("/")
        redis.ConnectionPool.from_url(url).make_connection()
    except (ValueError, TypeError, redis.RedisError):
        return False
    # The client takes what is no number for database 0.
    return not number or number.isdecimal()


def leads_to_postgres(url: str) -> bool:
    """Say whether the port in a database's address, if there is one, is the number of a port."""
    place = url.partition("://")[2].rpartition("@")[2].partition("/")[0]
    try:
        return urlsplit(f"//{place}").port != 0
    except ValueError:
        return False


def wrong_behind_address(url: str) -> str | None:
    """Say what a database's address must have behind the `?`, if that is not so; None if it is.

    Nothing of the address is in it: a `?` may stand in the password.
    """
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    if not query.keys() <= set(POSTGRES_WORDS):
        words = ", ".join(POSTGRES_WORDS)
        return f"must have nothing behind the ? but {words}, so leave the rest out, {NUMBERS_AND_SIGNS}"
    if not {query.get("sslmode", "prefer"), query.get("ssl", "prefer")} <= set(_SSL_MODES):
        return f"must have one of {', '.join(_SSL_MODES)} as the sslmode"
    for word in ("sslrootcert", "sslcert", "sslkey"):
        if word in query and not os.access(query[word], os.R_OK):
            return f"must have as the {word} a file that can be read"
    if not query.get("connect_timeout", "1").isdecimal():
        return "must have seconds as the connect_timeout, a whole number"
    return None


POSTGRES_WORDS = (
    *("sslmode", "sslrootcert", "sslcert", "sslkey", "host", "port", "connect_timeout", "application_name"),
    *("target_session_attrs", "options", "ssl"),
)
"""What may stand behind the `?`: words of libpq's, and `ssl`, which is asyncpg's for sslmode."""
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
