"""How Postgres is reached by an address as libpq has it, and what to do when it cannot be used."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.errors import reason_of

_CHECKED = ("verify-ca", "verify-full")


def engine_of(address: URL) -> AsyncEngine:
    """Make an engine for an address whose words behind the `?` are libpq's (see storage/addresses.py)."""
    import asyncpg

    dsn, options = _dsn_and_options(address)
    return create_async_engine(
        address, pool_pre_ping=True, async_creator=partial(asyncpg.connect, dsn, **options)
    )


def _dsn_and_options(address: URL) -> tuple[str, dict[str, Any]]:
    """Give what asyncpg is called with: it reads libpq's addresses, but for one word of them."""
    query, options = dict(address.query), dict[str, Any]()
    if seconds := query.pop("connect_timeout", None):
        options["timeout"] = float(str(seconds))
    if mode := query.pop("ssl", None):
        query.setdefault("sslmode", mode)
    if query.get("sslmode") in _CHECKED and "sslrootcert" not in query:
        # Without the file of an authority, asyncpg wants one in the home folder: the machine has some.
        options["ssl"] = _machines_authorities(query)
    server = address.set(drivername="postgresql", query=query)
    return server.render_as_string(hide_password=False), options


def _machines_authorities(query: Mapping[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if certificate := query.get("sslcert"):
        context.load_cert_chain(certificate, query.get("sslkey"))
    return context


def remedy(error: BaseException, address: URL) -> str | None:
    """Say what to do about an error of the connection or of a statement; None where it is not known."""
    if address.get_backend_name() == "sqlite":
        return None
    if (state := getattr(error, "sqlstate", None)) is not None:
        found = _BY_STATE.get(state)
        return found and found.format(user=address.username, database=address.database)
    if "rejected SSL upgrade" in str(error):
        return "it has no TLS: set it up there, or leave sslmode out"
    return next((said for kind, said in _BY_KIND.items() if isinstance(error, kind)), None)


def said(error: BaseException, address: URL) -> str:
    """Say in one sentence why the database cannot be used, and what to do where that is known."""
    does = remedy(error, address)
    reason = reason_of(error).rstrip(".")
    return f"The database cannot be used{f' ({reason}): {does}.' if does else f': {reason}'}"


_CORRECT = "correct DARKROOM_DATABASE_URL"
_GRANT = "as its administrator, type GRANT USAGE, CREATE ON SCHEMA public TO {user}"
_BY_STATE: Mapping[str, str] = {
    "42501": f"{_GRANT}, or ALTER DATABASE {{database}} OWNER TO {{user}}",
    "3F000": f"{_GRANT}",
    "28P01": f"{_CORRECT}, its user or password",
    "28000": f"{_CORRECT}, its user or password, or let the user in there",
    "3D000": f"make it, by CREATE DATABASE {{database}} OWNER {{user}}, or {_CORRECT}",
    "25006": f"{_CORRECT} to the server that others follow, which is written to",
    "53300": "raise max_connections there, or what the user may have of them",
    "57P03": "it starts or stops: try again in a moment",
}
"""What to do, by Postgres's own numbers for what went wrong (SQLSTATE)."""
_BY_KIND: Mapping[type[BaseException], str] = {
    socket.gaierror: f"no machine has that name: see whether the network works, or {_CORRECT}",
    ssl.SSLCertVerificationError: (
        f"name the file of who signed its certificate by ?sslrootcert=/path/ca.pem, or {_CORRECT}"
    ),
    ssl.SSLError: f"see to TLS there, or {_CORRECT}",
    ConnectionRefusedError: f"nobody listens there: start Postgres, or {_CORRECT}",
    FileNotFoundError: f"nobody listens there: start Postgres, or {_CORRECT}",
    TimeoutError: f"it does not answer, perhaps for a firewall: see to that, or {_CORRECT}",
}
"""The same for what kept the connection from being made; a kind stands before those that it is one of."""
