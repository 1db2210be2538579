"""What the bot checks every few seconds: jobs that fell out of the queue, results that were never posted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import redis

from bot.delivery.progress import ProgressBoard, can_be_edited
from bot.embeddings import forget_withdrawn
from bot.studio import StudioClient
from moderation.told import Told
from storage.blobs import BlobStoreAway
from storage.database import DatabaseAway
from storage.errors import reason_of
from storage.events import (
    BOT_RESULTS,
    Cancelled,
    Failed,
    Finished,
    Result,
    forget_result,
    publish_result,
)
from storage.farm import Outlook, Wait, tell_key, tell_store
from storage.jobs import Job
from storage.queue import JobState
from storage.records.jobs import UNDELIVERED, JobRecord, RowState
from storage.redis_trouble import Trouble, trouble_of, write_and_read
from storage.result_stream import adopt, jobs_on_their_way, streams_before, tell_stream

log = logging.getLogger(__name__)

INTERVAL = 3.0
"""Seconds between two rounds."""
_STORE_PATIENCE = 0.5
GRACE = timedelta(seconds=10)
"""A younger job may still be on its way from the records to the queue."""

_LOST = Told("The result was lost on its way, twice.")
_GIVEN_UP = Told("The workers failed at this job several times and gave up.")


class Upkeep:
    """The rounds. Every round may be repeated, and cut short."""

    def __init__(self, client: StudioClient, board: ProgressBoard) -> None:
        self._client = client
        self._studio = client.studio
        self._results = client.results
        self._board = board
        self._identity: asyncio.Future[str] | None = None
        """Which store the pictures are in, while that is asked and once it is known."""
        self._over: set[str] = set()
        """Jobs that were over in the last round, for the queue, and still open, for the records."""

    async def run(self, went_round: Callable[[], None] = lambda: None) -> None:
        """Make rounds until cancelled; tell after each."""
        while True:
            went_round()
            try:
                await self.round()
            except DatabaseAway as error:
                log.warning("the records cannot be read: %s", reason_of(error))
            except Exception:
                log.exception("a round failed; the next one comes all the same")
            await asyncio.sleep(INTERVAL)

    async def round(self) -> None:
        """Make one round over the farm and all open jobs, a page at a time."""
        trouble, over = await self._look_at_farm(), set[str]()
        outlook, shards = Outlook(self._studio.redis, self._studio.queue), self._studio.settings.shards
        async for page in self._studio.jobs.in_pages(RowState.QUEUED, shards=shards):
            if trouble is None:
                trouble = await self._look_at_page(page, outlook, over)
            if trouble is not None:
                for record in page:
                    self._board.wait(record, trouble)
        self._studio.checkpoints.trouble = trouble
        if trouble is not None:
            return
        self._over = over
        if shards.owns(None):
            await forget_withdrawn(self._studio)
        async for page in self._studio.jobs.in_pages(*UNDELIVERED, shards=shards):
            await self._remind([record for record in page if _settled_for(record, GRACE)])

    async def _look_at_farm(self) -> Trouble | None:
        """Hear what the farm serves, and tell it who the bot is; give what is wrong with Redis, if it is."""
        try:
            await self._studio.learn_checkpoints()
            # What can only be read stands still, too: workers cannot even say that they are there.
            await asyncio.to_thread(write_and_read, self._studio.redis)
            await asyncio.to_thread(tell_key, self._studio.redis)
            await self._tell_store()
            await asyncio.to_thread(tell_stream, self._studio.redis, self._results)
            await self._adopt()
        except (redis.RedisError, OSError) as error:
            return _stands_still(error)
        return None

    async def _tell_store(self) -> None:
        """Tell the workers where pictures are looked for, once the store has said which one it is."""
        if self._identity is None:
            self._identity = asyncio.ensure_future(asyncio.to_thread(self._studio.blobs.identity))
        if not (await asyncio.wait({self._identity}, timeout=_STORE_PATIENCE))[0]:
            return
        try:
            await asyncio.to_thread(tell_store, self._studio.redis, self._identity.result())
        except BlobStoreAway as error:
            log.warning("it is not known which store of pictures this is: %s", reason_of(error))
            self._identity = None

    async def _adopt(self) -> None:
        """Take this process's results out of streams of before.

        One is shared by bots of earlier versions. The others are of this bot when its shards were divided in
        another way; there, what no record knows is seen to by whoever has the first shard.
        """
        redis, owns = self._studio.redis, self._studio.settings.shards.owns
        before = await asyncio.to_thread(
            streams_before, redis, self._client.application_id or 0, self._studio.settings.shards
        )
        for stream in (BOT_RESULTS, *before):
            there = await asyncio.to_thread(jobs_on_their_way, redis, stream)
            servers = await self._studio.jobs.servers(there) if there else {}
            known = servers if stream == BOT_RESULTS else dict.fromkeys(there) | servers
            mine = {job_id for job_id, server_id in known.items() if owns(server_id)}
            await asyncio.to_thread(adopt, redis, mine, stream, self._results)

    async def _look_at_page(
        self, page: Sequence[JobRecord], outlook: Outlook, over: set[str]
    ) -> Trouble | None:
        """Look after some open jobs, and show how long they wait; add those to `over` that are over."""
        try:
            waits, ended = await asyncio.to_thread(self._look_after, page, outlook)
            await self._bring_back([job for job in ended if job.id in self._over])
        except (redis.RedisError, OSError) as error:
            return _stands_still(error)
        over.update(job.id for job in ended)
        for record in page:
            if record.job.id in waits:
                self._board.wait(record, waits[record.job.id])
        return None

    async def _remind(self, untold: Sequence[JobRecord]) -> None:
        """Publish again the results that were recorded, never posted, and are no longer on their way.

        A result leaves the stream when its row is closed. So a result that is not in the stream, and whose
        row is still open afterwards, was lost.
        """
        on_their_way = await self._on_their_way() if untold else set()
        for record in untold:
            if (
                record.job.id in on_their_way
                or await self._studio.jobs.state(record.job.id) is not record.state
            ):
                continue
            log.warning("job %s: its result was lost on the way and is delivered again", record.job.id)
            await asyncio.to_thread(self._publish_again, record.job, _result(record))

    async def _on_their_way(self) -> set[str]:
        return await asyncio.to_thread(jobs_on_their_way, self._studio.redis, self._results)

    def _publish_again(self, job: Job, result: Result) -> None:
        forget_result(self._studio.redis, job.id)
        publish_result(self._studio.redis, job, result)

    async def _bring_back(self, over: Sequence[Job]) -> None:
        """Look after finished jobs whose results the records do not have yet.

        A result leaves the stream when it is recorded. So a job whose result is not in the stream, and which
        is still open afterwards, has lost it: it is rendered again, or fails if that result was lost too.
        """
        on_their_way = await self._on_their_way() if over else set()
        for job in over:
            if job.id in on_their_way or await self._studio.jobs.state(job.id) is not RowState.QUEUED:
                continue
            if await asyncio.to_thread(self._studio.queue.bring_back, job):
                log.warning("job %s: its result was lost, and it is enqueued again", job.id)
            else:
                log.error("job %s: its result was lost for the second time", job.id)
                failed = Failed(job_id=job.id, message=_LOST)
                await asyncio.to_thread(self._publish_again, job, failed)

    def _look_after(
        self, records: Sequence[JobRecord], outlook: Outlook
    ) -> tuple[dict[str, Wait], list[Job]]:
        """Put the jobs that fell out back into the queue.

        Gives the waits of those that have not started and whose message can be changed, and the jobs that
        are over.
        """
        queue, waits, over = self._studio.queue, dict[str, Wait](), list[Job]()
        for record, wait in zip(records, outlook.waits([record.job for record in records]), strict=True):
            job = record.job
            # Of the thousands that were seen to wait, none needs to be asked for.
            state = JobState.WAITING if wait.position is not None else queue.state(job.id)
            if state is JobState.UNKNOWN and datetime.now(UTC) - job.created_at > GRACE:
                log.info("job %s: not in the queue, enqueued again", job.id)
                queue.enqueue(job)
            elif state is JobState.FAILED:
                log.error("job %s: given up by the queue", job.id)
                publish_result(self._studio.redis, job, Failed(job_id=job.id, message=_GIVEN_UP))
            elif state is JobState.WAITING and can_be_edited(record):
                waits[job.id] = wait
            elif state is JobState.FINISHED:
                over.append(job)
        return waits, over


def _stands_still(error: redis.RedisError | OSError) -> Trouble:
    log.warning("the queue stands still: %s", reason_of(error))
    return trouble_of(error)


def _settled_for(record: JobRecord, time: timedelta) -> bool:
    return record.finished_at is not None and datetime.now(UTC) - record.finished_at > time


def _result(record: JobRecord) -> Result:
    job_id = record.job.id
    match record.state:
        case RowState.FAILED:
            return Failed(job_id=job_id, message=record.failure or Told("The job failed."))
        case RowState.CANCELLED:
            return Cancelled(job_id=job_id)
    return Finished(
        job_id=job_id,
        pictures=record.pictures,
        description=record.description,
        seconds=record.seconds or 0.0,
    )
