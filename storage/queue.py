"""The queue of jobs: RQ on Redis, one queue for each checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import redis
import rq
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer
from rq.utils import as_text

from storage.events import forget_result, result_key
from storage.fair import FairQueue, Line, told_to_queue
from storage.jobs import Job
from storage.queued_job import ENTRY_POINT, QueuedJob
from storage.running import running_ids, running_key
from storage.signing import signer_of

JOB_TIMEOUT = 15 * 60
"""Seconds that a job may run. Dead seats are noticed by their heartbeats, so this only ends what hangs."""
TRAINING_TIMEOUT = 2 * 60 * 60
"""Seconds that a training may work. It stands still while many pictures wait, which is not counted."""
_THE_BOTS = {"task": {"manner"}}
"""What of a job is no business of workers: how what comes of it is handed over."""
_PREFIX = "checkpoint:"
_TRAINING_PREFIX = "training:"
_WORK = "picture_steps"
_RETRIES = 3
_RESULT_SECONDS = 60
_FAILURE_SECONDS = 24 * 60 * 60
_CANCEL_SECONDS = 24 * 60 * 60
_BROUGHT_BACK_SECONDS = 7 * 24 * 60 * 60


class JobState(StrEnum):
    """Where a job is, as far as Redis knows.

    FINISHED means that its result was published, whatever the result is. UNKNOWN jobs never arrived or
    were lost: enqueue them again.
    """

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    UNKNOWN = "unknown"


def name_of_queue(checkpoint: str) -> str:
    """Name the queue of a checkpoint, as rq's own commands do."""
    return _PREFIX + checkpoint


def checkpoint_of(queue: str) -> str:
    """Give the checkpoint of a queue, of pictures or of trainings, by its name."""
    return queue.partition(":")[2]


def queue_of(checkpoint: str, connection: redis.Redis) -> rq.Queue:
    """Give the RQ queue of a checkpoint. Jobs travel as JSON: unpickling what a network sends runs it."""
    return rq.Queue(
        name_of_queue(checkpoint),
        connection=connection,
        serializer=JSONSerializer,
        default_timeout=JOB_TIMEOUT,
        job_class=QueuedJob,
    )


def training_queue_of(checkpoint: str, connection: redis.Redis) -> rq.Queue:
    """Give the queue of trainings for a checkpoint, so that pictures never wait behind one."""
    queue = queue_of(checkpoint, connection)
    return rq.Queue(
        _TRAINING_PREFIX + checkpoint,
        connection=connection,
        serializer=queue.serializer,
        default_timeout=TRAINING_TIMEOUT,
        job_class=QueuedJob,
    )


def lane_of(job: Job, connection: redis.Redis) -> rq.Queue:
    """Give the queue that a job belongs into."""
    lane = training_queue_of if job.is_training else queue_of
    return lane(job.checkpoint, connection)


class JobQueue:
    """The queue as the bot and the command line use it. Methods raise `redis.RedisError` if it is away."""

    def __init__(self, redis: redis.Redis) -> None:
        self._redis = redis
        self._fair = FairQueue(redis)

    def enqueue(self, job: Job) -> None:
        """Put the job at the end of its checkpoint's queue, unless it waits, runs or is over already.

        Raises `redis.ResponseError` with a sentence when the disk under Redis is full.
        """
        queue = lane_of(job, self._redis)
        places = (queue.key, queue.intermediate_queue_key, running_key(queue), result_key(job.id))
        try:
            if self._redis.eval(_FORGET_IF_LOST, 5, rq.job.Job.key_for(job.id), *places, job.id):
                return
            queue.enqueue_call(
                ENTRY_POINT,
                args=[signer_of(self._redis).sign("job", job.model_dump(mode="json", exclude=_THE_BOTS))],
                job_id=job.id,
                unique=True,
                description=f"{job.task.kind} {job.id}",
                retry=rq.Retry(max=_RETRIES, enqueue_at_front=True),
                result_ttl=_RESULT_SECONDS,
                failure_ttl=_FAILURE_SECONDS,
                meta={
                    _WORK: job.task.picture_steps,
                    **told_to_queue(job.share, job.task.megapixel_steps, job.task.passes),
                },
            )
        except DuplicateJobError:
            return
        except redis.ResponseError as error:
            if "MISCONF" in str(error):
                raise redis.ResponseError("The disk that holds the queue is full.") from error
            raise

    def bring_back(self, job: Job) -> bool:
        """Enqueue again a finished job whose result was lost; False if that was done before.

        Rendered again, it makes the same pictures. Raises as `enqueue` does.
        """
        if not self._redis.set(_brought_back_key(job.id), 1, nx=True, ex=_BROUGHT_BACK_SECONDS):
            return False
        forget_result(self._redis, job.id)
        self.enqueue(job)
        return True

    def cancel(self, job: Job) -> bool:
        """Take the job out of the queue.

        True: it was waiting and is gone, and nobody else will report it. False: it is running or finished; if
        it is running, its worker stops it within a step or so and publishes Cancelled.
        """
        queue = lane_of(job, self._redis)
        if self._redis.lrem(queue.key, 0, job.id):
            self._redis.delete(rq.job.Job.key_for(job.id))
            return True
        self._redis.set(_cancel_key(job.id), 1, ex=_CANCEL_SECONDS)
        return False

    def is_cancelled(self, job_id: str) -> bool:
        """Say whether to stop this job while it runs: someone asked to, or another worker was done sooner."""
        return bool(self._redis.exists(_cancel_key(job_id), result_key(job_id)))

    def length(self, checkpoint: str) -> int:
        """Count the jobs that wait for pictures of a checkpoint."""
        return int(self._redis.llen(queue_of(checkpoint, self._redis).key))

    def state(self, job_id: str) -> JobState:
        """Say where the job is."""
        hash_key = rq.job.Job.key_for(job_id)
        origin = self._redis.hget(hash_key, "origin")
        queue = rq.Queue(as_text(origin or b""), connection=self._redis, serializer=JSONSerializer)
        # In one transaction: a job that moves on between two looks would be in neither place.
        with self._redis.pipeline(transaction=True) as look:
            look.exists(result_key(job_id))
            look.lpos(queue.key, job_id)
            look.lpos(queue.intermediate_queue_key, job_id)
            look.zrange(running_key(queue), 0, -1)
            look.hget(hash_key, "status")
            published, waiting, taken, running, status = look.execute()
        if published:
            return JobState.FINISHED
        if job_id in running_ids(running):
            return JobState.RUNNING
        if waiting is not None or taken is not None:
            return JobState.WAITING
        return JobState.FAILED if status == b"failed" else JobState.UNKNOWN

    def lines(self, checkpoints: Iterable[str]) -> dict[str, Line]:
        """Look at the queues of these checkpoints, all at the same moment."""
        names = sorted(checkpoints)
        lines = self._fair.lines([queue_of(name, self._redis) for name in names])
        return dict(zip(names, lines, strict=True))


_FORGET_IF_LOST = """
if redis.call('EXISTS', KEYS[5]) == 1 then
    return 1
end
if redis.call('HGET', KEYS[1], 'status') == 'failed'
    or redis.call('LPOS', KEYS[2], ARGV[1])
    or redis.call('LPOS', KEYS[3], ARGV[1]) then
    return
end
for _, entry in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1)) do
    if string.sub(entry, 1, #ARGV[1]) == ARGV[1] then
        return
    end
end
redis.call('DEL', KEYS[1])
"""
"""Removes the hash that a lost job left behind, which would pass for the job itself.

Gives 1 where the job's result is out already.
"""


def _brought_back_key(job_id: str) -> str:
    return f"darkroom:brought-back:{job_id}"


def _cancel_key(job_id: str) -> str:
    return f"darkroom:cancel:{job_id}"
