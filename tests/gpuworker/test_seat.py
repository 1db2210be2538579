"""A seat by itself; what it does beside others is in test_seats.py and test_duty.py."""

from __future__ import annotations

import threading

import redis

from gpuworker.room import Room
from gpuworker.seat import Seat
from storage.attempts import Attempts
from storage.queue import queue_of


class Idle:
    def is_free(self) -> bool:
        return True

    def leaves(self, checkpoint: str, attempts: Attempts) -> bool:
        return False


def test_a_pulse_before_a_seats_birth_does_not_forbid_it(connection: redis.Redis) -> None:
    lanes = [queue_of("pocket", connection)]
    seat = Seat(0, lambda: lanes, connection, stop := threading.Event(), lambda *_: None, Room(stop), Idle())
    seat.beat(connection)
    assert not connection.exists(seat.key)
    seat.bootstrap()
    seat.beat(connection)
    assert connection.ttl(seat.key) > 0
