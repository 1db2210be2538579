from __future__ import annotations

import redis

from storage.samplers import Sampler
from storage.served import ServedCheckpoint, Usual, remember, remember_missing, served


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


def test_what_has_changed_is_noted_and_what_suits_it_travels(connection: redis.Redis) -> None:
    plain = ServedCheckpoint(name="mix", hash="ab", side=1024)
    remember_missing(connection, {"mix": plain})
    usual = Usual(steps=4, guidance_scale=1.0, sampler=Sampler.EULER)
    lightning = plain.model_copy(update={"usual": usual})
    remember_missing(connection, {"mix": lightning})
    assert served(connection) == {"mix": lightning}


def test_what_an_older_worker_says_is_understood() -> None:
    assert ServedCheckpoint.model_validate({"name": "mix", "hash": "ab", "side": 512}).usual == Usual()
