"""From a worker's result to a posted message: judged once more, posted once, then acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

import aiohttp
import discord
import redis

from bot import carry_over, wording
from bot.actions.captions import captions_view
from bot.actions.under_answer import description_view, pictures_view
from bot.captioned import captioned, captioned_sheet
from bot.channels import Standing, channel_now, standing_of
from bot.delivery.progress import ProgressBoard
from bot.delivery.ways import Post, Ways, ways_of
from bot.described import described
from bot.held import hold
from bot.misfires import keep_misfires
from bot.pictures import reviewed
from bot.sayable import sayable, sayable_result
from bot.shortened import shortened, strip_for
from bot.studio import StudioClient
from bot.trained import Attached, attached_for, keep_word, tidy
from moderation.judge import judge_prompt
from moderation.policy import SFW, Policy
from moderation.told import Told
from storage.blobs import BlobMissing, BlobStoreAway
from storage.database import DatabaseAway, DatabaseFull
from storage.errors import reason_of
from storage.events import Cancelled, Description, Failed, Finished, Result
from storage.job_line import job_line
from storage.jobs import Shorten
from storage.manner import Way
from storage.metrics import DELIVERY_RETRIES, DELIVERY_SECONDS
from storage.records.carry_over import NOBODY
from storage.records.jobs import JobRecord, RowState
from storage.records.policies import Held
from storage.result_stream import GROUP, ResultStream
from storage.training import Caption, Train

log = logging.getLogger(__name__)

_IN_HAND = 200
"""Results that were read and are not posted yet; some of them wait for another attempt."""
_AT_WORK = 8
"""Of these, the ones whose pictures are in memory."""
LONGEST_PAUSE = 30.0
"""Seconds between two attempts at a delivery that Discord, the records or the blobs keep refusing."""


class Delivery:
    """Reads the stream of results and posts them: several at once, each exactly once."""

    def __init__(self, client: StudioClient, board: ProgressBoard) -> None:
        self._client = client
        self._studio = client.studio
        self._board = board
        self._ways = Ways(client).table
        self._in_hand, self._at_work = asyncio.Semaphore(_IN_HAND), asyncio.Semaphore(_AT_WORK)
        self._stream = ResultStream(self._studio.redis_async, client.results, GROUP, consumer="bot")

    async def run(self, went_round: Callable[[], None] = lambda: None) -> None:
        """Deliver until cancelled; tell after each round of reading."""
        async with asyncio.TaskGroup() as deliveries:
            while True:
                went_round()
                try:
                    entries = await self._stream.read(block_ms=2000)
                except (redis.RedisError, OSError) as error:
                    log.warning("results cannot be read: %s", reason_of(error))
                    await asyncio.sleep(1)
                    continue
                for entry_id, result in entries:
                    await self._in_hand.acquire()
                    deliveries.create_task(self._deliver_entry(entry_id, result))

    async def _deliver_entry(self, entry_id: str, result: Result) -> None:
        try:
            await self._deliver_until_told(entry_id, result)
        finally:
            self._in_hand.release()

    async def _deliver_until_told(self, entry_id: str, result: Result) -> None:
        pause, attempt = 1.0, self.deliver
        while True:
            try:
                async with self._at_work:
                    await attempt(result)
                if await self._is_closed(result.job_id):
                    DELIVERY_SECONDS.observe(await self._stream.ack(entry_id, result.job_id))
                    return
            except _TRANSIENT as error:
                log.warning("job %s: delivery waits %.0f s: %s", result.job_id, pause, reason_of(error))
                if isinstance(error, DatabaseFull):
                    await self._say_that_room_is_awaited(result.job_id)
            except Exception:
                log.exception("job %s: cannot be delivered", result.job_id)
                attempt = self._give_up
            DELIVERY_RETRIES.inc()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _say_that_room_is_awaited(self, job_id: str) -> None:
        with contextlib.suppress(DatabaseAway):
            record = await self._studio.jobs.get(job_id)
            if record is not None and record.state is RowState.QUEUED:
                self._board.await_room(record)

    async def deliver(self, result: Result) -> None:
        """Record a result and post it. A second result of the same job changes and posts nothing."""
        is_news = await self._studio.jobs.record_result(result)
        record = await self._studio.jobs.get(result.job_id)
        if record is None:
            log.warning("job %s: a result for a job that nobody asked for", result.job_id)
            return
        if is_news:
            await keep_misfires(self._studio, record)
        if isinstance(record.job.task, Train):
            await tidy(self._studio, record)
        if record.state is not _RECORDED[type(result)]:
            return
        if record.origin == NOBODY:
            await carry_over.take(self._studio, record, result)
            return
        if isinstance(result, Finished) and isinstance(record.job.task, Train):
            lost = await keep_word(self._studio, record, result.trained, await self._name_of(record))
            if lost is not None:
                log.error("job %s: its word is not kept: %s", record.job.id, lost)
                await self._studio.jobs.write_off(record.job.id)
                result = Failed(job_id=record.job.id, message=lost)
        async with self._board.closing(record.job.id):
            await self._tell(record, result, again=not is_news)

    async def _tell(self, record: JobRecord, result: Result, *, again: bool) -> None:
        channel, by = await channel_now(self._client, record.origin.channel_id), record.origin.member_id
        standing = Standing(SFW, Held(), False)
        if channel is not None:
            standing = await standing_of(self._studio, channel, by)
        policy = standing.when_handed(record.origin.manner)
        post, message = await self._compose(record, result, policy), None
        for place, way in enumerate(ways_of(record, again=again)):
            if place:
                await self._studio.jobs.take_way(record.job.id, way)
            if way is Way.DIRECT and policy != standing.in_direct_messages:
                policy = standing.in_direct_messages
                post = await self._compose(record, result, policy)
            if (message := await self._ways[way](record, post, channel)) is not None:
                break
        if message is None:
            gone = Told("The channel is gone and direct messages are closed.")
            await self._keep(record.job.id, gone)
            return
        await self._studio.jobs.mark_posted(record.job.id, message.id, message.channel.id, post.shown)
        log.info(
            "job %s: %s; for member %d in channel %d, message %d, %d shown",
            *(record.job.id, job_line(record.job, result)),
            *(record.origin.member_id, message.channel.id, message.id, post.shown),
        )

    async def _compose(self, whole: JobRecord, result: Result, policy: Policy) -> Post:
        record, result = await sayable(whole, policy), await sayable_result(result, policy)
        language = wording.language_of(record)
        match result:
            case Finished() if record.description is not None:
                description = await asyncio.to_thread(under, policy, record.description)
                view = description_view(language, record.job.id, has_prompt=bool(description.prompt))
                if isinstance(record.job.task, Caption):
                    sheet = await captioned_sheet(self._studio, whole, policy)
                    view, content = captions_view(language, record.job.id), captioned(record, description)
                    return Post(record, content, view, attached=sheet)
                if isinstance(record.job.task, Shorten):
                    strip = await asyncio.to_thread(strip_for, language, description)
                    return Post(record, shortened(record, description), view, attached=(strip,))
                content = described(record, description, _source_url(record))
                return Post(record, content, view)
            case Finished():
                try:
                    pictures = await reviewed(self._studio, whole, policy)
                    attached: tuple[Attached, ...] = ()
                    if result.trained is not None:
                        attached = await attached_for(self._studio, whole, result.trained, pictures, policy)
                except BlobMissing as error:
                    log.error("job %s: %s Does its worker keep pictures elsewhere?", record.job.id, error)
                    return Post(record, wording.failed(record, _NOT_HERE), None)
                await hold(self._studio, whole, pictures.waiting)
                shown, waiting = len(pictures.shown), len(pictures.waiting)
                content = wording.finished(record, result, shown, _source_url(record), waiting)
                view = pictures_view(
                    language,
                    record.job,
                    pictures.shown,
                    some_discarded=any(picture.discarded for picture in result.pictures),
                    some_appealable=bool(pictures.appealable),
                )
                return Post(record, content, view, pictures, attached)
            case Failed():
                return Post(record, wording.failed(record, result.said), None)
            case Cancelled():
                return Post(record, wording.cancelled(record), None)

    async def _name_of(self, record: JobRecord) -> str:
        """Give the name by which Discord shows a member, or their number if it does not say."""
        try:
            return (await self._client.fetch_user(record.origin.member_id)).display_name
        except discord.HTTPException as error:
            log.info("job %s: its member has no name: %s", record.job.id, error)
            return str(record.origin.member_id)

    async def _is_closed(self, job_id: str) -> bool:
        """Say whether the row says what became of the job, or is missing: never acknowledge before."""
        state = await self._studio.jobs.state(job_id)
        return state is None or state.is_closed

    async def _give_up(self, result: Result) -> None:
        """Tell that a result cannot be posted, which costs nothing; what cannot even be told is kept.

        If it cannot be recorded, the job has failed.
        """
        job_id, jobs = result.job_id, self._studio.jobs
        if await jobs.state(job_id) is RowState.QUEUED:
            await self.deliver(Failed(job_id=job_id, message=Told("The result could not be recorded.")))
            return
        await jobs.write_off(job_id)
        try:
            record = await jobs.get(job_id)
            if record is not None and not record.state.is_closed and record.origin != NOBODY:
                async with self._board.closing(job_id):
                    await self._tell(record, Failed(job_id=job_id, message=_NOT_POSTED), again=True)
                return
        except _TRANSIENT:
            raise
        except Exception:
            log.exception("job %s: its member cannot be told", job_id)
        await self._keep(job_id, _NOT_POSTED)

    async def _keep(self, job_id: str, why: Told) -> None:
        log.warning("job %s: kept: %s", job_id, why)
        await self._studio.jobs.mark_kept(job_id, why)


_RECORDED = {
    Finished: RowState.FINISHED,
    Failed: RowState.FAILED,
    Cancelled: RowState.CANCELLED,
}
_TRANSIENT = (
    discord.DiscordServerError,
    discord.RateLimited,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    DatabaseAway,
    BlobStoreAway,
    redis.RedisError,
)
_NOT_POSTED = Told("It could not be posted.")
_NOT_HERE = Told(
    "The pictures were made, but they are not where I look for them. Whoever runs me finds out why with "
    "`darkroom doctor`."
)


def under(policy: Policy, description: Description) -> Description:
    """Reduce a description to what a policy lets be said."""

    def allowed(words: str) -> bool:
        return not judge_prompt(words, "", policy).blocked

    words = tuple(word for word in description.words if allowed(word.phrase))
    prompt = description.prompt if allowed(description.prompt) else ""
    captions = tuple(each if allowed(each) else "" for each in description.captions)
    return description.model_copy(update={"words": words, "prompt": prompt, "captions": captions})


def _source_url(record: JobRecord) -> str | None:
    origin = record.origin
    if origin.source_message_id is None or record.job.for_review:
        return None
    return wording.message_url(origin.guild_id, origin.channel_id, origin.source_message_id)
