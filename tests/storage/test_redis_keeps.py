"""A Redis that would lose jobs is told, to whichever user asks."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from storage.redis_keeps import examine_keeping
from tests.storage.redis_servers import a_server

USERS = Path(__file__).parents[2] / "docker" / "users.acl"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--appendonly", "yes"), ["7, keeps a journal"]),
        ((), ["7, without a journal: set appendonly yes, or a power cut empties it."]),
        (
            ("--appendonly", "yes", "--maxmemory", "20mb", "--maxmemory-policy", "allkeys-lru"),
            [
                "7, keeps a journal",
                "throws jobs away when its memory is full (allkeys-lru): set maxmemory-policy",
            ],
        ),
    ],
)
def test_what_would_be_lost_is_told_to_users_of_least_rights(
    options: tuple[str, ...], says: list[str]
) -> None:
    with a_server("--aclfile", str(USERS), *options, until="NOAUTH") as port:
        for user in ("bot", "worker"):
            with redis.Redis(port=port, username=user, password=f"{user.upper()}_PASSWORD") as client:
                checks = examine_keeping(client, "7")
            assert [check.says[: len(start)] for check, start in zip(checks, says, strict=True)] == says
            assert [check.state for check in checks] == [
                "fine" if "keeps" in each else "note" for each in says
            ]


def test_what_does_not_tell_is_not_believed_to_be_fine() -> None:
    user = ("default", "on", "nopass", "~*", "&*", "+@all", "-info")
    with a_server("--user", *user) as port, redis.Redis(port=port) as client:
        checks = examine_keeping(client, "7")
    assert [check.state for check in checks] == ["note", "note"]
    assert "does not tell whether it keeps a journal" in checks[0].says
    assert "see that it has maxmemory-policy noeviction" in checks[1].says
