"""What the workers of a checkpoint have between them."""

from __future__ import annotations

import redis

from storage.add_ons import AddOns, add_ons_for, announce_add_ons
from storage.farm import WorkerCard, announce


def a_worker(connection: redis.Redis, name: str, checkpoint: str = "pocket") -> None:
    announce(connection, WorkerCard(name=name, checkpoints=(checkpoint,), device="cpu", seats=8))


def test_workers_have_it_between_them(connection: redis.Redis) -> None:
    assert add_ons_for(connection, "pocket") is None
    a_worker(connection, "one")
    a_worker(connection, "two")
    a_worker(connection, "three", "another")
    announce_add_ons(connection, "one", AddOns(loras=frozenset({"ink"})), changed=True)
    assert add_ons_for(connection, "pocket") is None, "of the other one nothing is known"
    announce_add_ons(connection, "two", AddOns(embeddings=frozenset({"cat"})), changed=True)
    assert add_ons_for(connection, "pocket") == AddOns(
        loras=frozenset({"ink"}), embeddings=frozenset({"cat"})
    )


def test_it_is_told_again_when_it_changed_or_redis_forgot_it(connection: redis.Redis) -> None:
    a_worker(connection, "one")
    ink, pen = AddOns(loras=frozenset({"ink"})), AddOns(loras=frozenset({"pen"}))
    announce_add_ons(connection, "one", ink, changed=True)
    connection.expire("darkroom:add-ons:one", 1)
    announce_add_ons(connection, "one", pen, changed=False)
    assert add_ons_for(connection, "pocket") == ink
    assert connection.ttl("darkroom:add-ons:one") == 8
    announce_add_ons(connection, "one", pen, changed=True)
    assert add_ons_for(connection, "pocket") == pen
    connection.flushall()
    a_worker(connection, "one")
    announce_add_ons(connection, "one", pen, changed=False)
    assert add_ons_for(connection, "pocket") == pen
