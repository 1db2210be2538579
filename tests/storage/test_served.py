from __future__ import annotations

import redis

from storage.served import ServedCheckpoint, remember, served


def test_a_checkpoint_that_was_served_once_stays_known(connection: redis.Redis) -> None:
    assert served(connection) == {}
    pocket, other = (ServedCheckpoint(name=name, hash="ab", side=128) for name in ("pocket", "其他"))
    remember(connection, pocket)
    remember(connection, other)
    assert served(connection) == {"pocket": pocket, "其他": other}


def test_what_is_served_now_is_what_is_known(connection: redis.Redis) -> None:
    remember(connection, ServedCheckpoint(name="pocket", hash="ab", side=128))
    newer = ServedCheckpoint(name="pocket", hash="cd", side=256)
    remember(connection, newer)
    assert served(connection) == {"pocket": newer}
