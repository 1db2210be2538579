"""What a worker tells while it works (progress, lossy) and when it is done (results, durable)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import redis
import redis.asyncio
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from moderation.findings import Findings
from moderation.rules.anatomy import Body
from moderation.verdict import Verdict
from storage.jobs import Frozen, Job, JobId
from storage.recipe import AnyRecipe

log = logging.getLogger(__name__)

BOT_RESULTS = "darkroom:results:bot"
"""The stream of the bot; every other stream belongs to one command and expires."""
PROGRESS = "darkroom:progress"

_REPLY_SECONDS = 60 * 60
_PUBLISHED_SECONDS = 7 * 24 * 60 * 60
"""For so long a second result of the same job is recognised. RQ's last retry is over long before."""
_DEAD_CONSUMER_MS = 60_000
_STILL_HERE_SECONDS = 15.0
_BLOCK_MS = 5_000


class Progress(Frozen):
    """How far a job is: `step` of `steps` over all its pictures.

    `preview` is a small JPEG of them side by side; base64 in JSON.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    job_id: JobId
    step: int
    steps: int
    preview: bytes | None = None


class Scores(Frozen):
    """By what a picture was ranked among others of its job.

    `agreement` is how well it goes with its words: -1 to 1, the cosine of CLIP's two vectors. `bodies` are
    the figures in it, None where nobody could count their parts. `aesthetics` is what people would give it on
    LAION's scale from 1 to 10, None without a model that says so.
    """

    agreement: float
    bodies: tuple[Body, ...] | None = None
    aesthetics: float | None = None


class Picture(Frozen):
    """One picture that a job made.

    `blob` is the SHA-256 under which the PNG is stored, or None when the verdict kept it from leaving the
    worker. It has `scores` where the best of several were asked for.
    """

    blob: str | None
    recipe: AnyRecipe
    findings: Findings
    verdict: Verdict
    scores: Scores | None = None


class Association(Frozen):
    """A word or phrase, and how well it goes with a picture: -1 to 1, the cosine of CLIP's two vectors."""

    phrase: str
    agreement: float


class Description(Frozen):
    """What a picture of `size` (width and height in pixels) shows, in words.

    `words` are ranked, the best first; `prompt` is put together from some of them.
    """

    words: tuple[Association, ...]
    prompt: str
    size: tuple[int, int]


class Finished(Frozen):
    """The job is done. `seconds` is the time in the worker.

    `pictures` stand in the order of its noises, or the best first where only the best were asked for.
    """

    kind: Literal["finished"] = "finished"
    job_id: JobId
    pictures: tuple[Picture, ...] = ()
    description: Description | None = None
    seconds: float


class Failed(Frozen):
    """The job could not be done; `message` is a sentence for the member."""

    kind: Literal["failed"] = "failed"
    job_id: JobId
    message: str


class Cancelled(Frozen):
    """The job was stopped because its member or a moderator asked for it."""

    kind: Literal["cancelled"] = "cancelled"
    job_id: JobId


Result = Annotated[Finished | Failed | Cancelled, Field(discriminator="kind")]

_RESULT: TypeAdapter[Finished | Failed | Cancelled] = TypeAdapter(Result)


def publish_progress(redis: redis.Redis, progress: Progress) -> None:
    """Tell whoever listens; nobody has to."""
    redis.publish(PROGRESS, progress.model_dump_json())


async def listen_progress(redis: redis.asyncio.Redis) -> AsyncIterator[Progress]:
    """Hear the progress of all jobs, for ever. What is told while Redis is away is missed."""
    pause = 0.1
    while True:
        try:
            async with redis.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(PROGRESS)
                while True:
                    message = await channel.get_message(timeout=5.0)
                    pause = 0.1
                    if message is None:
                        continue
                    try:
                        yield Progress.model_validate_json(message["data"])
                    except ValidationError as error:
                        log.warning("A progress message cannot be read and is skipped: %s", error)
        except _GONE as error:
            log.warning("Progress is not heard while Redis is away: %s", error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2.0)


_GONE = (redis.ConnectionError, redis.TimeoutError)


def result_key(job_id: str) -> str:
    """Name the key that is there once the job's result was published."""
    return f"darkroom:result:{job_id}"


_PUBLISH_ONCE = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then
    return 0
end
redis.call('XADD', KEYS[2], '*', 'result', ARGV[1])
if ARGV[3] ~= '' then
    redis.call('EXPIRE', KEYS[2], ARGV[3])
end
return 1
"""


def publish_result(redis: redis.Redis, job: Job, result: Result) -> bool:
    """Put the result on the job's stream, once for each job: False when one was there already.

    A job can run twice: when its worker was taken for dead, or died between publishing and telling RQ.
    """
    return reply(redis, job.id, job.reply_to, result)


def reply(redis: redis.Redis, job_id: str, stream: str, result: Result) -> bool:
    """Do the same for a job that cannot be read, of which only the id and the stream are known."""
    expires = "" if stream == BOT_RESULTS else str(_REPLY_SECONDS)
    published = redis.eval(
        _PUBLISH_ONCE,
        2,
        result_key(job_id),
        stream,
        _RESULT.dump_json(result).decode(),
        str(_PUBLISHED_SECONDS),
        expires,
    )
    return bool(published)


def was_published(redis: redis.Redis, job_id: str) -> bool:
    """Whether the job's result is out, so that rendering it again would be for nothing."""
    return bool(redis.exists(result_key(job_id)))


def wait_result(redis: redis.Redis, stream: str, timeout: float) -> Finished | Failed | Cancelled | None:
    """Wait for the one result of a command's own stream; None after `timeout` seconds."""
    give_up = time.monotonic() + timeout
    while (left := give_up - time.monotonic()) > 0:
        block = max(1, min(_BLOCK_MS, int(left * 1000)))
        for _, fields in _entries(redis.xread({stream: "0"}, count=1, block=block)):
            return _RESULT.validate_json(fields[b"result"])
    return None


class ResultStream:
    """The bot's side of the results: every entry is read until it is acknowledged.

    After a restart under the same `consumer` name, what was read but not acknowledged comes first. Entries
    of a consumer that has not been seen for a minute are taken over. An entry that was returned and is not
    acknowledged yet is not returned again by the same object.
    """

    def __init__(self, redis: redis.asyncio.Redis, stream: str, group: str, consumer: str) -> None:
        self._redis = redis
        self._stream = stream
        self._group = group
        self._consumer = consumer
        self._in_hand: set[str] = set()
        self._cursor = "0"
        self._next_claim = 0.0

    async def read(self, block_ms: int) -> list[tuple[str, Finished | Failed | Cancelled]]:
        """Wait up to `block_ms` milliseconds for results, each with the entry id to acknowledge it by.

        `block_ms` must stay below storage.connection.SOCKET_TIMEOUT. Raises `redis.ConnectionError` when
        Redis is away for longer than the connection's patience; call again.
        """
        try:
            entries = await self._next_entries(block_ms)
        except redis.ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            await self._make_group()
            entries = await self._next_entries(block_ms)
        results = []
        for entry_id, fields in entries:
            if entry_id in self._in_hand:
                continue
            try:
                results.append((entry_id, _RESULT.validate_json(fields[b"result"])))
                self._in_hand.add(entry_id)
            except (KeyError, ValidationError) as error:
                log.error(
                    "Result %s cannot be read and is put aside in %s:dead: %s", entry_id, self._stream, error
                )
                await self._bury(entry_id, fields)
        return results

    async def ack(self, entry_id: str) -> None:
        """Say that the result was delivered; it leaves the stream."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xack(self._stream, self._group, entry_id)
            pipeline.xdel(self._stream, entry_id)
            await pipeline.execute()
        self._in_hand.discard(entry_id)

    async def _next_entries(self, block_ms: int) -> list[tuple[str, dict[bytes, bytes]]]:
        if self._cursor != ">":
            since: dict[Any, Any] = {self._stream: self._cursor}
            own = _entries(await self._redis.xreadgroup(self._group, self._consumer, since, count=100))
            self._cursor = own[-1][0] if own else ">"
            if own:
                return own
        if time.monotonic() >= self._next_claim:
            self._next_claim = time.monotonic() + _STILL_HERE_SECONDS
            claimed = await self._claim()
            if claimed:
                return claimed
        fresh: dict[Any, Any] = {self._stream: ">"}
        block = max(1, block_ms)
        return _entries(
            await self._redis.xreadgroup(self._group, self._consumer, fresh, count=100, block=block)
        )

    async def _claim(self) -> list[tuple[str, dict[bytes, bytes]]]:
        """Take over what a dead consumer left, after showing the others that we are not dead ourselves."""
        if self._in_hand:
            mine: list[Any] = sorted(self._in_hand)
            await self._redis.xclaim(self._stream, self._group, self._consumer, 0, mine, justid=True)
        answer: Any = await self._redis.xautoclaim(
            self._stream, self._group, self._consumer, min_idle_time=_DEAD_CONSUMER_MS, count=100
        )
        return _decoded(answer[1])

    async def _bury(self, entry_id: str, fields: dict[bytes, bytes]) -> None:
        async with self._redis.pipeline(transaction=True) as pipeline:
            if fields:
                pipeline.xadd(f"{self._stream}:dead", dict(fields.items()), maxlen=1000)
            pipeline.xack(self._stream, self._group, entry_id)
            pipeline.xdel(self._stream, entry_id)
            await pipeline.execute()

    async def _make_group(self) -> None:
        try:
            await self._redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise


def _entries(answer: Any) -> list[tuple[str, dict[bytes, bytes]]]:
    """Unpack the answer to XREAD on one stream: `[[stream, entries]]`, or `[]` when there are none."""
    return _decoded(answer[0][1]) if answer else []


def _decoded(found: Any) -> list[tuple[str, dict[bytes, bytes]]]:
    # An entry that was deleted comes without its fields, or in XAUTOCLAIM of Redis 6 as nothing at all.
    return [(entry_id.decode(), fields or {}) for entry_id, fields in found if entry_id is not None]
