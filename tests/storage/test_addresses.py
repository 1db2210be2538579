"""The settings' own tests have whole addresses; these are the parts that they are put together from."""

from __future__ import annotations

import pytest

from storage.addresses import leads_to_postgres, leads_to_redis, port_of


@pytest.mark.parametrize(
    ("address", "port"), [("9464", 9464), ("0.0.0.0:9464", 9464), ("host:", 0), ("host", 0), ("²", 0)]
)
def test_a_port(address: str, port: int) -> None:
    assert port_of(address) == port


def test_what_a_client_would_understand() -> None:
    assert leads_to_redis("redis://localhost:6379/3")
    assert not leads_to_redis("redis://localhost:6379/jobs")
    assert leads_to_postgres("postgresql+asyncpg://u:p@db:5432/x")
    assert not leads_to_postgres("postgresql+asyncpg://u:p@db:port/x")
