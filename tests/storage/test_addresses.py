"""The settings' own tests have whole addresses; these are the parts that they are put together from."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.addresses import (
    leads_to_http,
    leads_to_postgres,
    leads_to_redis,
    port_of,
    served_at,
    wrong_behind_address,
    wrong_redis,
)
from tests.storage.tls import a_certificate


@pytest.mark.parametrize(
    ("address", "port"), [("9464", 9464), ("0.0.0.0:9464", 9464), ("host:", 0), ("host", 0), ("²", 0)]
)
def test_a_port(address: str, port: int) -> None:
    assert port_of(address) == port


def test_without_a_host_only_this_machine_is_served() -> None:
    assert served_at("9464") == ("127.0.0.1", 9464)
    assert served_at("0.0.0.0:9464") == ("0.0.0.0", 9464)


def test_what_a_client_would_understand() -> None:
    assert leads_to_redis("redis://localhost:6379/3")
    assert not leads_to_redis("redis://localhost:6379/jobs")
    for there in ("https://bot.example", "http://10.0.0.7:9465", "https://bot.example/pictures/"):
        assert leads_to_http(there)
    for nowhere in (
        "https://",
        "ftp://bot.example",
        "https://u:p@bot",
        "https://bot:port",
        "https://bot/?a=b",
    ):
        assert not leads_to_http(nowhere)
    assert leads_to_postgres("postgresql+asyncpg://u:p@db:5432/x")
    assert not leads_to_postgres("postgresql+asyncpg://u:p@db:port/x")


def test_what_stands_behind_the_address_of_a_database_is_understood_or_told() -> None:
    start = "postgresql+asyncpg://u:p@db/x"
    for fine in ("", "?sslmode=verify-full&connect_timeout=10", "?ssl=require", "?host=/run/postgresql"):
        assert wrong_behind_address(start + fine) is None
    assert "nothing behind the ? but sslmode, " in (wrong_behind_address(f"{start}?pgbouncer=true") or "")
    assert "one of disable, allow, prefer" in (wrong_behind_address(f"{start}?sslmode=on") or "")
    assert "sslrootcert a file" in (wrong_behind_address(f"{start}?sslrootcert=/nowhere/ca.pem") or "")


def test_what_is_wrong_with_the_address_of_a_redis_is_told(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("none")
    start = "rediss://:p@queue.example/0"
    for address, says in {
        "localhost:6379": "must start with redis://",
        "redis://localhost:port": "must be as in redis://:password@localhost:6379/0",
        f"{start}?ssl_ca_cert=/ca.pem": "behind the ? but what redis-py knows, as ssl_ca_certs=/path/ca.pem",
        f"{start}?ssl_cert_reqs=perhaps": "behind the ? but what redis-py knows",
        f"{start}?ssl_ca_certs=/nowhere/ca.pem": "must have as the ssl_ca_certs a file that can be read",
        f"{start}?ssl_ca_certs={tmp_path}/no.pem": "a file of certificates",
    }.items():
        assert says in (wrong_redis(address) or "")
    assert wrong_redis(f"{start}?ssl_ca_certs={a_certificate(tmp_path)}&ssl_cert_reqs=required") is None
