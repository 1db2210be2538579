"""Whether addresses of servers can be understood, before anything connects to them."""

from __future__ import annotations

import os
import ssl
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


def wrong_redis(url: str) -> str | None:
    """Say what the address of a Redis must be, if it makes no sense; None if it does.

    Nothing of the address is in it, and nothing that a parser says of it: that may quote the password.
    """
    if not url.startswith(("redis://", "rediss://", "unix://")):
        return "must start with redis://, rediss:// or unix://, as in redis://localhost:6379/0"
    address, _, query = url.partition("?")
    if not leads_to_redis(url):
        if query and leads_to_redis(address):
            return (
                "must have nothing behind the ? but what redis-py knows, as ssl_ca_certs=/path/ca.pem, "
                f"ssl_certfile, ssl_keyfile, ssl_cert_reqs=none or db=0, {NUMBERS_AND_SIGNS}"
            )
        return f"must be as in redis://:password@localhost:6379/0, {NUMBERS_AND_SIGNS}"
    said = dict(parse_qsl(query))
    for word in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile"):
        if word in said and not os.access(said[word], os.R_OK):
            return f"must have as the {word} a file that can be read"
    if (authorities := said.get("ssl_ca_certs")) and not _has_certificates(authorities):
        return "must have as the ssl_ca_certs a file of certificates, which begin with -----BEGIN CERTIFICATE"
    return None


def _has_certificates(file: str) -> bool:
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        return False
    return True


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
