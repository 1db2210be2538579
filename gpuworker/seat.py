"""A seat: an RQ worker in a thread, which takes a job, runs it in its turn, and shows that it lives."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol
from uuid import uuid4

import redis
import rq
from rq.exceptions import NoSuchJobError, StopRequested
from rq.executions import Execution
from rq.job import JOB_ID_PATTERN
from rq.serializers import JSONSerializer
from rq.utils import as_text
from rq.worker import SimpleWorker, WorkerStatus

from gpuworker.rescue import TTL_SECONDS, GiveUp, last_words
from gpuworker.room import Room
from gpuworker.time_limit import TimeLimit
from storage.attempts import MOST_DEATHS, Attempts, Suspicion, attempts_at, begin, end
from storage.fair import FairQueue, Locality
from storage.metrics import WAIT_SECONDS
from storage.queue import checkpoint_of
from storage.queued_job import NotOurs, QueuedJob
from storage.share import Urgency
from storage.take_back import put_back, take_back

log = logging.getLogger(__name__)

BLOCK_SECONDS = 0.5
"""A seat looks up this often from waiting, to see whether it should stop."""
_LOOK_SECONDS = 0.1
"""Between two looks of a seat that may take no job for the moment."""
_EXPRESS_SECONDS = 0.2
"""Between two looks of an express seat for somebody of whom nothing runs."""
_FEWEST_LEFT, _MOST_LEFT = 20, 640
"""Jobs that a seat holds in hand at most, while it looks past them for one that it may take: others miss them
meanwhile, so it looks further only where there was none among as many."""


# RQ raises its logger to INFO when it is imported, and tells of each job three times.
logging.getLogger("rq.worker").setLevel(logging.WARNING)


class OnDuty(Protocol):
    """What a seat asks before it takes a job."""

    def is_free(self) -> bool:
        """Say whether a job may be taken at all."""

    def leaves(self, said: Mapping[str, Any], attempts: Attempts) -> bool:
        """Say whether a job that was found in a queue, and says this of itself, is left to another worker."""


class DiedTooOften(Exception):
    """The workers that tried a job died so often that nobody tries it any more."""

    def __init__(self, deaths: int) -> None:
        super().__init__(f"{deaths} workers died over it")
        self.deaths = deaths


class Seat(SimpleWorker):
    """One job at a time, from any of the queues that `lanes` gives at the moment; there is always one.

    An express seat takes only jobs of members of whom nothing runs, and only while `express` says that no
    other seat is free. `locality` is in force while a job is taken.
    """

    death_penalty_class = TimeLimit
    log_result_lifespan = False

    def __init__(
        self,
        number: int,
        lanes: Callable[[], Sequence[rq.Queue]],
        connection: redis.Redis,
        stop: threading.Event,
        give_up: GiveUp,
        room: Room,
        duty: OnDuty,
        locality: Callable[[], AbstractContextManager[Locality]] = lambda: nullcontext(Locality()),
        *,
        express: Callable[[], bool] | None = None,
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
        self.lane: rq.Queue | None = None
        """The queue of the job in hand."""
        self._attempts = Attempts()
        self._room, self._duty = room, duty
        self._give_up = give_up
        self._left: list[tuple[rq.Queue, bytes]] = []
        self._most_left = _FEWEST_LEFT
        self._lanes = lanes
        self._stop = stop
        self._fair = FairQueue(connection)
        self._locality, self._express = locality, express
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

    def get_heartbeat_ttl(self, job: rq.job.Job, *rest: Any) -> int:
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
        self.lane = None
        self.set_state(WorkerStatus.IDLE)
        try:
            while not self._stop.is_set():
                if self._room.highest is Suspicion.STRONG or not self._duty.is_free():
                    self._put_back()
                    self._stop.wait(_LOOK_SECONDS)
                elif (found := self._look()) is not None:
                    return found
        finally:
            self._put_back()
        raise StopRequested

    def _look(self) -> tuple[rq.job.Job, rq.Queue] | None:
        """Look for a job in all queues, and wait a moment at one of them if there is none."""
        lanes = self._lanes()
        if (taken := self._take(lanes)) is not None:
            if (job := self._fetch(*taken)) is not None:
                return job, taken[0]
            self.lane = None
            # Those who keep to themselves came back to the front: behind others there are none.
            if len(self._left) < self._most_left and self._room.highest is Suspicion.NONE:
                return None
        if self._left:
            # All that was seen is for others: they shall find it.
            was_all = len(self._left) < self._most_left
            self._most_left = _FEWEST_LEFT if was_all else min(2 * self._most_left, _MOST_LEFT)
            self._put_back()
            self._stop.wait(_LOOK_SECONDS)
        elif self._express is not None and any(lane.count for lane in lanes):
            # Those who wait are being served already, or are about to be: of them there are no news.
            self._stop.wait(_EXPRESS_SECONDS)
        else:
            self._turn += 1
            self._fair.await_news(lanes[self._turn % len(lanes)], BLOCK_SECONDS)
        return None

    def _take(self, lanes: Sequence[rq.Queue]) -> tuple[rq.Queue, bytes] | None:
        with self._locality() as locality:
            if self._express is not None and not self._express():
                return None
            taken = self._fair.take(lanes, locality, express=self._express is not None)
            self.lane = None if taken is None else taken[0]
            return taken

    def _put_back(self) -> None:
        """Put back, to the front and in order, the jobs that were found and left to other workers."""
        while self._left:
            put_back(*self._left.pop())

    def _fetch(self, lane: rq.Queue, job_id: bytes) -> rq.job.Job | None:
        try:
            job = _ours(lane, job_id)
        except NoSuchJobError as error:
            _drop(lane, job_id, error)
            return None
        self._attempts = attempts_at(self.connection, job.id)
        if self._attempts.deaths >= MOST_DEATHS:
            self._give_up(job, DiedTooOften(self._attempts.deaths))
            _drop(lane, job_id, None)
            return None
        if self._is_for_others(job):
            self._left.append((lane, job_id))
            return None
        job.redis_server_version = self.get_redis_server_version()  # type: ignore[no-untyped-call]
        return job

    def _is_for_others(self, job: rq.job.Job) -> bool:
        return not self._room.has_place_for(self._attempts.suspicion) or self._duty.leaves(
            job.args[0], self._attempts
        )

    def prepare_execution(self, job: rq.job.Job) -> Execution:
        """Remember the job for the heartbeats."""
        execution = super().prepare_execution(job)
        self.job = job
        return execution

    def prepare_job_execution(self, job: rq.job.Job, remove_from_intermediate_queue: bool = False) -> None:
        """Take the job off the intermediate list, which RQ does only with a single queue."""
        super().prepare_job_execution(job, remove_from_intermediate_queue=True)
        assert self.execution is not None
        begin(self.connection, job.id, self.execution.id)

    def execute_job(self, job: rq.job.Job, queue: rq.Queue) -> None:
        """Run the job in this thread."""
        try:
            super().execute_job(job, queue)
        finally:
            self.job = None

    def perform_job(self, job: rq.job.Job, queue: rq.Queue, *rest: Any) -> bool:
        """Run the job beside the others, or away from them if a worker died while it ran."""
        assert self.execution is not None
        entry = self.execution.composite_key
        with self._room.entered(self._attempts.suspicion) as let_in:
            if not let_in:
                take_back(queue, entry.encode(), at_once=True)
                with self.connection.pipeline(transaction=True) as pipeline:
                    self.cleanup_execution(job, pipeline)
                    pipeline.execute()
                return False
            self._count_wait(job)
            try:
                return super().perform_job(job, queue, *rest)
            finally:
                end(self.connection, job.id, entry.partition(":")[2])

    def _count_wait(self, job: rq.job.Job) -> None:
        urgency = job.meta.get("urgency", Urgency.INTERACTIVE)
        if (seconds := self._fair.waited(job.id)) is not None and urgency in list(Urgency):
            # By its queue: what a job says of itself may be anything.
            checkpoint = checkpoint_of(job.origin)
            WAIT_SECONDS.labels(checkpoint, Urgency(urgency).name.lower()).observe(seconds)

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


def _ours(lane: rq.Queue, job_id: bytes) -> rq.job.Job:
    """Read a job of the lane. Raises NoSuchJobError if it is gone, and NotOurs if it must not run."""
    if not JOB_ID_PATTERN.fullmatch(job_id.decode(errors="replace")):
        raise NotOurs("Its id is none.")
    job = QueuedJob.fetch(as_text(job_id), connection=lane.connection, serializer=lane.serializer)
    if job.origin != lane.name:
        raise NotOurs(f"It belongs into the queue {job.origin}.")
    return job


def _drop(lane: rq.Queue, job_id: bytes, error: NoSuchJobError | None) -> None:
    """Take a job away that cannot be run. If it is one that the bot waits for, the bot enqueues it again."""
    lane.connection.lrem(lane.intermediate_queue_key, 1, job_id)  # type: ignore[arg-type]
    if error is None or isinstance(error, NotOurs):
        log.error("job %s: dropped, not run. %s", job_id.decode(errors="replace"), error or "")
        lane.connection.delete(QueuedJob.key_for(job_id.decode(errors="replace")))
