"""The stream of results as the bot reads it: each result until it is acknowledged."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import redis
import redis.asyncio
from pydantic import ValidationError
from rq.utils import as_text

from moderation.told import Told
from storage.events import (
    BOT_RESULTS,
    Cancelled,
    Failed,
    Finished,
    job_of_result,
    read_result,
    result_key,
    results_of,
    stream_entries,
    stream_fields,
)
from storage.shards import ALL, Shards
from storage.signing import WrongSignature, signer_of
from storage.versions import TooNew

log = logging.getLogger(__name__)

_DEAD_CONSUMER_MS = 60_000
_STILL_HERE_SECONDS = 15.0
_DELIVERED_SECONDS = 6 * 60 * 60
"""Longer than any job is tried: until then nobody renders again what was posted. Days of marks fill Redis."""


_AT_ONCE = 500
"""Entries that are looked through in one exchange."""
GROUP = "bot"
"""The consumer group as which a bot reads its stream."""
_STREAMS = "darkroom:bots"


def jobs_on_their_way(redis: redis.Redis, stream: str) -> set[str]:
    """List the jobs whose results wait in a bot's stream, read or not: only `ack` removes a result."""
    return {job_id for _, fields in _all_entries(redis, stream) if (job_id := _job_of(fields))}


def adopt(redis: redis.Redis, job_ids: Collection[str], earlier: str, stream: str) -> None:
    """Move the results of these jobs from an `earlier` stream, which nobody reads any more, to a bot's own.

    Those are of jobs that name that one, because a bot of an earlier version or with other shards took them.
    """
    for entry_id, fields in _all_entries(redis, earlier) if job_ids else ():
        if _job_of(fields) in job_ids:
            with redis.pipeline(transaction=True) as move:
                move.xadd(stream, dict(fields.items()))
                move.xack(earlier, GROUP, entry_id)
                move.xdel(earlier, entry_id)
                move.execute()


def streams_before(redis: redis.Redis, application_id: int, shards: Shards) -> list[str]:
    """List a bot's streams but for that of these shards, which lead to their servers, too.

    Whoever has the lease of the shards knows that nobody reads those now.
    """
    told = {results_of(application_id), *map(as_text, redis.smembers(_STREAMS))}
    found = {stream: its for stream in told if (its := _shards_of(stream, application_id))}
    mine = results_of(application_id, shards)
    return sorted(stream for stream, its in found.items() if stream != mine and shards.meets(its))


def leads_elsewhere(stream: str, application_id: int, shards: Shards) -> bool:
    """Say whether the results in a stream are surely none of a bot's servers in these shards."""
    if stream in ("", BOT_RESULTS):
        return False
    its = _shards_of(stream, application_id)
    return its is None or not shards.meets(its)


def _shards_of(stream: str, application_id: int) -> Shards | None:
    """Give the shards whose process has a stream; None if no process of this bot would call it so."""
    of_bot = results_of(application_id)
    if stream == of_bot:
        return ALL
    try:
        return Shards.read(stream.removeprefix(f"{of_bot}:")) if stream.startswith(f"{of_bot}:") else None
    except ValueError:
        return None


def tell_stream(redis: redis.Redis, stream: str) -> None:
    """Tell whoever looks at the farm that a bot reads this stream."""
    redis.sadd(_STREAMS, stream)


def undelivered(redis: redis.Redis) -> int:
    """Count the results that wait to be posted by all bots of the farm."""
    streams = {BOT_RESULTS, *map(as_text, redis.smembers(_STREAMS))}
    return sum(int(redis.xlen(stream)) for stream in streams)


def _all_entries(redis: redis.Redis, stream: str) -> Iterator[tuple[str, dict[bytes, bytes]]]:
    since = "-"
    while entries := stream_fields(redis.xrange(stream, min=since, count=_AT_ONCE)):
        yield from entries
        since = f"({entries[-1][0]}"


def _job_of(fields: Mapping[bytes, bytes]) -> str | None:
    return job_of_result(fields.get(b"result", b""))


class ResultStream:
    """The bot's side of the results: every entry is read until it is acknowledged.

    After a restart under the same `consumer` name, what was read but not acknowledged comes first. Entries
    of a consumer that has not been seen for a minute are taken over. An entry that was returned and is not
    acknowledged yet is not returned again by the same object. One that only a newer bot can read is left
    to it.
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
        Redis is away for longer than the connection's patience; call again. What cannot be read is put aside,
        and given as a failure of its job.
        """
        try:
            entries = await self._next_entries(block_ms)
        except redis.ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            await self._make_group()
            entries = await self._next_entries(block_ms)
        results: list[tuple[str, Finished | Failed | Cancelled]] = []
        for entry_id, fields in entries:
            if entry_id in self._in_hand:
                continue
            try:
                signer_of(self._redis).check_json("result", fields[b"result"])
                results.append((entry_id, read_result(fields[b"result"])))
                self._in_hand.add(entry_id)
            except WrongSignature as error:
                # It says nothing about its job, of which the real result may still come.
                log.error("Result %s is not believed. %s", entry_id, error)
                await self._copy_aside(fields)
                await self.ack(entry_id)
            except TooNew as error:
                self._in_hand.add(entry_id)
                log.error("Result %s waits in %s: %s", entry_id, self._stream, error)
            except (KeyError, ValidationError) as error:
                log.error(
                    "Result %s cannot be read and is put aside in %s:dead: %s", entry_id, self._stream, error
                )
                if failed := await self._put_aside(entry_id, fields):
                    results.append((entry_id, failed))
                    self._in_hand.add(entry_id)
        return results

    async def ack(self, entry_id: str, job_id: str | None = None) -> float:
        """Acknowledge that the result was delivered; it leaves the stream, and its job's mark soon Redis.

        Give the seconds since it came in, by the clock of Redis.
        """
        async with self._redis.pipeline(transaction=True) as pipeline:
            if job_id is not None:
                pipeline.expire(result_key(job_id), _DELIVERED_SECONDS)
            pipeline.xack(self._stream, self._group, entry_id)
            pipeline.xdel(self._stream, entry_id)
            pipeline.time()
            now: tuple[int, int] = (await pipeline.execute())[-1]
        self._in_hand.discard(entry_id)
        return max(0.0, now[0] + now[1] / 1e6 - int(entry_id.partition("-")[0]) / 1000)

    async def _next_entries(self, block_ms: int) -> list[tuple[str, dict[bytes, bytes]]]:
        if self._cursor != ">":
            since: dict[Any, Any] = {self._stream: self._cursor}
            own = stream_entries(await self._redis.xreadgroup(self._group, self._consumer, since, count=100))
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
        return stream_entries(
            await self._redis.xreadgroup(self._group, self._consumer, fresh, count=100, block=block)
        )

    async def _claim(self) -> list[tuple[str, dict[bytes, bytes]]]:
        """Take over what a dead consumer left, after showing the others that this one is alive."""
        if self._in_hand:
            mine: list[Any] = sorted(self._in_hand)
            await self._redis.xclaim(self._stream, self._group, self._consumer, 0, mine, justid=True)
        answer: Any = await self._redis.xautoclaim(
            self._stream, self._group, self._consumer, min_idle_time=_DEAD_CONSUMER_MS, count=100
        )
        return stream_fields(answer[1])

    async def _put_aside(self, entry_id: str, fields: dict[bytes, bytes]) -> Failed | None:
        """Store a copy for people to look at. Gives a failure of its job, if the job can be identified."""
        await self._copy_aside(fields)
        job_id = job_of_result(fields.get(b"result", b""))
        if job_id is None:
            await self.ack(entry_id)
            return None
        return Failed(job_id=job_id, message=Told("The worker's answer could not be read."))

    async def _copy_aside(self, fields: dict[bytes, bytes]) -> None:
        if fields:
            await self._redis.xadd(f"{self._stream}:dead", dict(fields.items()), maxlen=1000)

    async def _make_group(self) -> None:
        try:
            await self._redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
