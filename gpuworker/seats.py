"""Seats: RQ workers in the threads of one process, so that many jobs share one engine.

RQ forks for each job, which would load the model anew. Here every seat is a thread; their heartbeats come
from one further thread, so that a dead process is noticed within seconds and its jobs go to another.
"""

from __future__ import annotations

import contextvars
import itertools
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import redis
import rq

from gpuworker.rescue import GiveUp, rescue
from gpuworker.room import Room
from gpuworker.seat import BLOCK_SECONDS, OnDuty, Seat
from storage.fair import Locality

log = logging.getLogger(__name__)

PULSE_SECONDS = 2.0
"""Between two heartbeats, and between two looks for what dead workers left behind."""
_AGAIN_SECONDS = 1.0
_PULSE_ENDS_SECONDS = 0.5
"""A pulse that waits for a Redis that is away is not waited for."""


class Seats:
    """All seats of a process, and the pulse that keeps them alive.

    One more seat than `count` is for trainings alone, from the queues that `training_lanes` gives: they take
    long, and no picture shall wait for a seat because of them. And where there are several, one more is an
    express seat, for when all others are taken: whoever asks for one picture does not wait until one of
    somebody's hundred is done.

    `patient` is for the seats, whose commands should outlast an absence of Redis; `quick` is for the pulse.
    Seats run in copies of the context (contextvars) in which they were made. `on_pulse` is called before
    every heartbeat, and `locality` before a job is taken, with the queues of those that seats have in hand.
    """

    def __init__(
        self,
        count: int,
        lanes: Callable[[redis.Redis], Sequence[rq.Queue]],
        training_lanes: Callable[[redis.Redis], Sequence[rq.Queue]],
        patient: redis.Redis,
        quick: redis.Redis,
        stop: threading.Event,
        give_up: GiveUp,
        duty: OnDuty,
        on_pulse: Callable[[], None],
        locality: Callable[[Collection[str]], Locality] = lambda _: Locality(),
    ) -> None:
        pictures = count + 1 if count > 1 else 1
        self._express = count
        self._lanes = [*[lanes] * pictures, training_lanes]
        self._patient = patient
        self._quick = quick
        self._stop = stop
        self._give_up = give_up
        # A training that must be alone, since a worker died beside it, holds up no pictures.
        self._rooms, self._duty = [*[Room(stop)] * pictures, Room(stop)], duty
        self._on_pulse = on_pulse
        self._locality = locality
        self._taking = threading.Lock()
        """One takes at a time: what it takes decides what the others look for."""
        self._taken: list[Seat | None] = [None] * len(self._lanes)
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(
                target=contextvars.copy_context().run,
                args=(self._sit, number),
                name=f"seat-{number}",
                daemon=True,
            )
            for number in range(len(self._lanes))
        ]
        self._pulse = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def start(self) -> None:
        """Take jobs from now on, until `stop` is set."""
        for thread in (*self._threads, self._pulse):
            thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until all seats are empty; False when they are not by then."""
        give_up = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, give_up - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def end(self) -> None:
        """Stop the heartbeats: whatever still runs counts as abandoned then, and goes to another worker."""
        self._ended.set()
        self._pulse.join(_PULSE_ENDS_SECONDS)

    def _sit(self, number: int) -> None:
        lanes = partial(self._lanes[number], self._patient)
        while not lanes() and not self._stop.is_set():
            self._stop.wait(BLOCK_SECONDS)
        while not self._stop.is_set():
            try:
                seat = Seat(
                    number,
                    lanes,
                    self._patient,
                    self._stop,
                    self._give_up,
                    self._rooms[number],
                    self._duty,
                    self._where,
                    express=self._others_are_taken if self._is_express(number) else None,
                )
                self._taken[number] = seat
                # Returns when told to stop, or when Redis was away longer than the connection's patience.
                seat.work(logging_level=None)
            except redis.RedisError as error:
                log.warning("Seat %d waits for Redis: %s", number, error)
            except Exception:
                # Whatever it was, a seat that nobody sits on any more would be missed for ever.
                log.exception("Seat %d is taken again.", number)
            finally:
                self._taken[number] = None
            self._stop.wait(_AGAIN_SECONDS)

    def _is_express(self, number: int) -> bool:
        return number == self._express and number < len(self._lanes) - 1

    def _others_are_taken(self) -> bool:
        """Tell whether each seat for pictures has a job in hand, but for the express seat."""
        return all(seat is not None and seat.lane is not None for seat in self._taken[: self._express])

    @contextmanager
    def _where(self) -> Iterator[Locality]:
        with self._taking:
            lanes = [seat.lane for seat in self._taken if seat is not None]
            yield self._locality({lane.name for lane in lanes if lane is not None})

    def _beat(self) -> None:
        while not self._ended.wait(PULSE_SECONDS):
            self._each("No heartbeat", self._on_pulse)
            heard = [
                self._each("No heartbeat", partial(seat.beat, self._quick))
                for seat in self._taken
                if seat is not None
            ]
            # When Redis is back and a seat could not be heard yet, its job would be rescued from it.
            if not all(heard):
                continue
            for lane in itertools.chain.from_iterable(of(self._quick) for of in dict.fromkeys(self._lanes)):
                self._each("What dead workers left stays", partial(rescue, lane))

    def _each(self, otherwise: str, act: Callable[[], None]) -> bool:
        """Act whatever became of the act before, and tell whether Redis heard of it.

        Without heartbeats running jobs are taken for abandoned.
        """
        try:
            act()
        except redis.RedisError as error:
            log.warning("%s: %s", otherwise, error)
            return False
        except Exception:
            log.exception("%s.", otherwise)
        return True
