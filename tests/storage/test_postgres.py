"""Postgres is reached as libpq reaches it, and whoever is kept out is told what to do."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import Database, DatabaseAway
from storage.postgres import _dsn_and_options, remedy
from tests.storage.tls import a_certificate
from tests.stores import asyncpg

ROLES = """
CREATE ROLE weak LOGIN;
CREATE ROLE barred;
CREATE ROLE crowded LOGIN CONNECTION LIMIT 0;
CREATE ROLE follower LOGIN SUPERUSER;
ALTER ROLE follower SET default_transaction_read_only = on;
CREATE DATABASE strict;
CREATE DATABASE closed;
REVOKE CONNECT ON DATABASE closed FROM PUBLIC
"""


@pytest.fixture(scope="module")
async def server(postgres_address: str) -> str:
    """The address of a Postgres with users who may not do everything, but for user and database."""
    engine = create_async_engine(asyncpg(postgres_address), isolation_level="AUTOCOMMIT")
    async with engine.connect() as db:
        for statement in ROLES.split(";"):
            await db.execute(text(statement))
    await engine.dispose()
    return asyncpg(postgres_address).replace("postgres:@/postgres?", "{}@/{}?")


@pytest.mark.parametrize(
    ("user", "database", "says"),
    [
        ("weak", "strict", r"\(permission denied for schema public\): .*CREATE ON SCHEMA public TO weak"),
        ("weak", "closed", r"\(permission denied for database .*ALTER DATABASE closed OWNER TO weak"),
        ("weak", "none", r"make it, by CREATE DATABASE none OWNER weak"),
        ("nobody", "strict", r'\(role "nobody" does not exist\): correct DARKROOM_DATABASE_URL'),
        ("barred", "strict", r"not permitted to log in\): .*let the user in there"),
        ("crowded", "strict", r"raise max_connections"),
        ("follower", "strict", r"read-only transaction\): correct DARKROOM_DATABASE_URL to the server that"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_who_is_kept_out_is_told_what_to_do(server: str, user: str, database: str, says: str) -> None:
    with pytest.raises(DatabaseAway, match=says) as told:
        await Database.open(server.format(user, database))
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize(
    "query", ["sslmode=disable", "ssl=prefer&application_name=darkroom&connect_timeout=9&options=-cjit%3Doff"]
)
@pytest.mark.asyncio(loop_scope="module")
async def test_words_of_libpqs_are_understood(server: str, query: str) -> None:
    database = await Database.open(f"{server.format('postgres', 'postgres')}&{query}", upto=None)
    try:
        async with database.reading() as db:
            said = await db.scalar(text("SELECT current_setting('application_name')"))
    finally:
        await database.close()
    assert said == ("darkroom" if "application_name" in query else "")


ADDRESS = make_url("postgresql+asyncpg://user:secret@host/name")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (socket.gaierror(-2, "Name or service not known"), "no machine has that name"),
        (ConnectionRefusedError(111, "Connect call failed"), "start Postgres"),
        (ssl.SSLCertVerificationError("self-signed certificate"), "sslrootcert=/path/ca.pem"),
        (ConnectionError('PostgreSQL server at "x" rejected SSL upgrade'), "it has no TLS"),
        (TimeoutError(), "a firewall"),
    ],
)
def test_what_keeps_a_connection_from_being_made_has_a_remedy(error: Exception, says: str) -> None:
    does = remedy(error, ADDRESS)
    assert says in (does or "")
    assert "secret" not in (does or "")
    assert remedy(error, make_url("sqlite+aiosqlite:////x.db")) is None


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_without_an_authority_that_is_named_the_machines_are_asked(mode: str, tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path)
    dsn, options = _dsn_and_options(ADDRESS.set(query={"sslmode": mode, "sslcert": str(certificate)}))
    assert dsn.startswith("postgresql://user:secret@host/name?")
    assert options["ssl"].check_hostname
    _, options = _dsn_and_options(ADDRESS.set(query={"sslmode": mode, "sslrootcert": "/ca.pem"}))
    assert options == {}
