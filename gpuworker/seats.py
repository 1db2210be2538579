"""Seats: RQ workers in the threads of one process, so that many jobs share one engine.

RQ forks for each job, which would load the model anew. Here every seat is a thread; their heartbeats come
from one further thread, so that a dead process is noticed within seconds and its jobs go to another.
"""

from __future__ import annotations

import contextvars
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

import redis
import rq
from rq.exceptions import NoSuchJobError, StopRequested
from rq.executions import Execution
from rq.job import JOB_ID_PATTERN
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from rq.utils import as_text
from rq.worker import SimpleWorker, WorkerStatus

from gpuworker.rescue import TTL_SECONDS, GiveUp, last_words, rescue
from storage.fair import FairQueue, Locality
from storage.queued_job import NotOurs, QueuedJob

log = logging.getLogger(__name__)

PULSE_SECONDS = 2.0
"""Between two heartbeats, and between two looks for what dead workers left behind."""
_BLOCK_SECONDS = 0.5
"""A seat looks up this often from waiting, to see whether it should stop."""
_AGAIN_SECONDS = 1.0
_PULSE_ENDS_SECONDS = 0.5
"""A pulse that waits for a Redis that is away is not waited for."""


# RQ raises its logger to INFO when it is imported, and tells of each job three times.
logging.getLogger("rq.worker").setLevel(logging.WARNING)


class Seat(SimpleWorker):
    """One job at a time, from any of the queues that `lanes` gives at the moment; there is always one."""

    death_penalty_class = TimerDeathPenalty  # the default one needs signals, which only the main thread gets
    log_result_lifespan = False

    def __init__(
        self,
        number: int,
        lanes: Callable[[], Sequence[rq.Queue]],
        connection: redis.Redis,
        stop: threading.Event,
        give_up: GiveUp,
        locality: Callable[[], Locality] = Locality,
    ) -> None:
        super().__init__(
            list(lanes()),
            name=f"{socket.gethostname()}-{os.getpid()}-{number}-{uuid4().hex[:6]}",
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=TTL_SECONDS,
            log_job_description=False,
            exception_handlers=[last_words(give_up)],
        )
        self.job: rq.job.Job | None = None
        self._lanes = lanes
        self._stop = stop
        self._fair = FairQueue(connection)
        self._locality = locality
        # Idle seats wait at different queues, so that a new job in any of them is taken at once.
        self._turn = number

    def bootstrap(self, *_: Any, **__: Any) -> None:
        """Register, and leave the logging and the channel for remote orders alone."""
        self.register_birth()  # type: ignore[no-untyped-call]
        self.set_state(WorkerStatus.STARTED)

    def unsubscribe(self) -> None:
        """Do nothing: `bootstrap` did not subscribe."""

    def _set_ip_address(self, connection: redis.Redis) -> None:
        """Do without: RQ would look for a connection by name, which a pool shared by threads mixes up."""
        self.ip_address = "unknown"

    def _install_signal_handlers(self) -> None:
        """Leave signals to the process: handlers can only be set in its main thread."""

    def get_heartbeat_ttl(self, job: rq.job.Job) -> int:
        """Promise a heartbeat soon, where RQ promises one after the job's whole timeout."""
        return TTL_SECONDS

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Say no: the pulse does it, which is there when all seats are busy."""
        return False

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[rq.job.Job, rq.Queue]:
        """Wait for the job that is next, fair between members.

        RQ moves a job safely (to an intermediate list, from which it is rescued) only with a single queue;
        with several, it is lost if the process dies while it has the job in hand. Here it is always moved.
        """
        self.set_state(WorkerStatus.IDLE)
        while not self._stop.is_set():
            lanes = self._lanes()
            if (taken := self._fair.take(lanes, self._locality())) is None:
                self._turn += 1
                self._fair.await_news(lanes[self._turn % len(lanes)], _BLOCK_SECONDS)
            elif (job := self._fetch(*taken)) is not None:
                return job, taken[0]
        raise StopRequested

    def _fetch(self, lane: rq.Queue, job_id: bytes) -> rq.job.Job | None:
        try:
            job = _ours(lane, job_id)
        except NoSuchJobError as error:
            _drop(lane, job_id, error)
            return None
        job.redis_server_version = self.get_redis_server_version()  # type: ignore[no-untyped-call]
        return job

    def prepare_execution(self, job: rq.job.Job) -> Execution:
        """Remember the job for the heartbeats."""
        execution = super().prepare_execution(job)
        self.job = job
        return execution

    def prepare_job_execution(self, job: rq.job.Job, remove_from_intermediate_queue: bool = False) -> None:
        """Take the job off the intermediate list, which RQ does only with a single queue."""
        super().prepare_job_execution(job, remove_from_intermediate_queue=True)

    def execute_job(self, job: rq.job.Job, queue: rq.Queue) -> None:
        """Run the job in this thread."""
        try:
            super().execute_job(job, queue)
        finally:
            self.job = None

    def handle_job_retry(self, job: rq.job.Job, queue: rq.Queue, *rest: Any, **named: Any) -> None:
        """Put a job that is handed back to the front: it has waited already."""
        super().handle_job_retry(job, queue, *rest, **named)
        self.connection.eval(_TO_THE_FRONT, 1, queue.key, job.id)

    def beat(self, connection: redis.Redis) -> None:
        """Say that the seat is alive, and so is the job on it. Called from the pulse's thread."""
        if self.birth_date is None:
            # A heartbeat before the birth would look like another seat of this name, and forbid the birth.
            return
        execution, job = self.execution, self.job
        with connection.pipeline(transaction=True) as pipeline:
            self.heartbeat(pipeline=pipeline)
            if execution is not None and job is not None:
                execution.heartbeat(job.started_job_registry, TTL_SECONDS, pipeline=pipeline)
            pipeline.execute()


_TO_THE_FRONT = """
if redis.call('LREM', KEYS[1], 0, ARGV[1]) > 0 then
    redis.call('LPUSH', KEYS[1], ARGV[1])
end
"""


class Seats:
    """All seats of a process, and the pulse that keeps them alive.

    `patient` is for the seats, whose commands should outlast an absence of Redis; `quick` is for the pulse.
    Seats run in copies of the context (contextvars) in which they were made. `on_pulse` is called before
    every heartbeat, and `locality` before a job is taken.
    """

    def __init__(
        self,
        count: int,
        lanes: Callable[[redis.Redis], Sequence[rq.Queue]],
        patient: redis.Redis,
        quick: redis.Redis,
        stop: threading.Event,
        give_up: GiveUp,
        on_pulse: Callable[[], None],
        locality: Callable[[], Locality] = Locality,
    ) -> None:
        self._lanes = lanes
        self._patient = patient
        self._quick = quick
        self._stop = stop
        self._give_up = give_up
        self._on_pulse = on_pulse
        self._locality = locality
        self._taken: list[Seat | None] = [None] * count
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(
                target=contextvars.copy_context().run,
                args=(self._sit, number),
                name=f"seat-{number}",
                daemon=True,
            )
            for number in range(count)
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
        lanes = partial(self._lanes, self._patient)
        while not lanes() and not self._stop.is_set():
            self._stop.wait(_BLOCK_SECONDS)
        while not self._stop.is_set():
            try:
                seat = Seat(number, lanes, self._patient, self._stop, self._give_up, self._locality)
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
            for lane in self._lanes(self._quick):
                self._each("What dead workers left stays", partial(rescue, lane, self._give_up))

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


def _ours(lane: rq.Queue, job_id: bytes) -> rq.job.Job:
    """Read a job of the lane. Raises NoSuchJobError if it is gone, and NotOurs if it must not run."""
    if not JOB_ID_PATTERN.fullmatch(job_id.decode(errors="replace")):
        raise NotOurs("Its id is none.")
    job = QueuedJob.fetch(as_text(job_id), connection=lane.connection, serializer=lane.serializer)
    if job.origin != lane.name:
        raise NotOurs(f"It belongs into the queue {job.origin}.")
    return job


def _drop(lane: rq.Queue, job_id: bytes, error: NoSuchJobError) -> None:
    """Take a job away that cannot be run. If it is one that the bot waits for, the bot enqueues it again."""
    lane.connection.lrem(lane.intermediate_queue_key, 1, job_id)  # type: ignore[arg-type]
    if isinstance(error, NotOurs):
        log.error("job %s: dropped, not run. %s", job_id.decode(errors="replace"), error)
        lane.connection.delete(QueuedJob.key_for(job_id.decode(errors="replace")))
