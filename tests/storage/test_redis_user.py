"""The users that ship have the rights that they need and no others; who differs is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from storage.redis_user import examine_user
from tests.storage.redis_servers import a_server

USERS = Path(__file__).parents[2] / "docker" / "users.acl"
MORE = "user poor on nopass ~rq:* ~darkroom:* &* +@all -blmove -@admin\nuser mighty on nopass ~* &* +@all\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    file = tmp_path_factory.mktemp("acl") / "users.acl"
    file.write_text(f"{USERS.read_text()}{MORE}")
    with a_server("--aclfile", str(file), until="NOAUTH") as port:
        yield port


@pytest.mark.parametrize(
    ("user", "password", "reads_results", "state", "says"),
    [
        ("bot", "BOT_PASSWORD", True, "fine", "bot may do what it needs, and nothing else"),
        ("worker", "WORKER_PASSWORD", False, "fine", "worker may do what it needs"),
        ("worker", "WORKER_PASSWORD", True, "broken", "xgroup"),
        ("poor", "", False, "broken", "blmove"),
        ("mighty", "", True, "note", "could empty this Redis"),
    ],
)
def test_a_user_is_examined(
    port: int, user: str, password: str, reads_results: bool, state: str, says: str
) -> None:
    with redis.Redis(port=port, username=user, password=password) as client:
        check = examine_user(client, reads_results=reads_results)
    assert (check.state, says in check.says) == (state, True), check.says
    with redis.Redis(port=port, username="mighty", password="") as client:
        assert client.keys("*probe*") == []
