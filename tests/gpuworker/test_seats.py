from __future__ import annotations

import threading

import redis

from gpuworker.seats import Seat
from storage.queue import queue_of


def test_a_pulse_before_a_seats_birth_does_not_forbid_it(connection: redis.Redis) -> None:
    lanes = [queue_of("pocket", connection)]
    seat = Seat(0, lambda: lanes, connection, threading.Event(), lambda *_: None)
    seat.beat(connection)
    assert not connection.exists(seat.key)
    seat.bootstrap()
    seat.beat(connection)
    assert connection.ttl(seat.key) > 0
