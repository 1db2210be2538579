"""What cannot be read is left out, and hides nothing beside it."""

from __future__ import annotations

import logging

import pytest
import redis

from storage.add_ons import AddOns, add_ons_for, announce_add_ons
from storage.farm import WorkerCard, announce, workers
from storage.overview import overview
from storage.served import ServedCheckpoint, remember, served
from storage.values import read_or_none
from tests.storage.test_farm import a_card


@pytest.mark.parametrize("said", ['{"name":"x"}', "{", "[]", "", b"\xff"])
def test_a_card_that_cannot_be_read_hides_no_other_one(connection: redis.Redis, said: str | bytes) -> None:
    announce(connection, a_card("one"))
    connection.set("darkroom:worker:two", said)
    connection.sadd("darkroom:workers", "two")
    assert [card.name for card in workers(connection)] == ["one"]
    assert [card.name for card in overview(connection).workers] == ["one"]


def test_neither_does_a_checkpoint_or_a_list_of_add_ons(connection: redis.Redis) -> None:
    remember(connection, ServedCheckpoint(name="pocket", hash="ab" * 32, side=128))
    connection.hset("darkroom:checkpoints", "odd", "{}")
    assert list(served(connection)) == ["pocket"]
    announce(connection, a_card("one"))
    announce_add_ons(connection, "one", AddOns(), changed=True)
    assert add_ons_for(connection, "pocket") == AddOns()
    connection.set("darkroom:add-ons:one", "[]")
    assert add_ons_for(connection, "pocket") is None, "not known of all"


def test_it_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "storage.values"):
        for _ in range(3):
            assert read_or_none(WorkerCard, '{"seats": 4, "unread": true}') is None
    assert len(caplog.records) == 1
