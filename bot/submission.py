"""From a member's wish to a job in the queue: judged, recorded, answered, enqueued, in that order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import discord
import redis

from bot import wording
from bot.buttons import cancel_view
from bot.channels import missing_permissions, policy_of
from bot.refusals import Refusal
from bot.studio import Press, Studio
from moderation.judge import judge_prompt
from moderation.prompt_language.limits import misplaced_addon
from moderation.prompt_language.parse import parse
from storage.events import BOT_RESULTS
from storage.farm import Wait, expected_wait
from storage.jobs import Describe, Imagine, Job, Task, Upscale
from storage.records.jobs import JobRecord, Origin

log = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(minutes=15)
"""How long Discord lets an interaction's message be edited by its token."""
PATIENCE = 1.0
"""Seconds that the first answer waits for the queue or the records: Discord gives up after three."""


async def submit(
    studio: Studio,
    interaction: discord.Interaction,
    task: Task,
    checkpoint: str,
    source_message_id: int | None = None,
) -> None:
    """Take a job and answer the interaction with its place in the queue.

    `source_message_id` is the message, in the same channel, whose button was pressed.

    The row in the database comes first: a job that never reaches the queue is found there and enqueued later.

    Raises Refusal when the prompt or the channel does not allow it, and DatabaseAway; there is no job then.
    Whatever is slow, Discord hears within three seconds: first a promise, then the answer.
    """
    _check_permissions(interaction)
    origin = Origin(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        member_id=interaction.user.id,
        token=interaction.token,
        token_expires_at=interaction.created_at + TOKEN_LIFE,
        source_message_id=source_message_id,
    )
    taking = asyncio.ensure_future(_take(studio, interaction.channel, task, checkpoint, origin))
    taken_soon = taking in (await asyncio.wait({taking}, timeout=PATIENCE))[0]
    if not taken_soon and not interaction.response.is_done():
        await interaction.response.defer(thinking=True)
    job = await taking
    wait = await enqueue(studio, job)
    message_id = await _answer(interaction, wording.waiting(task, checkpoint, wait), cancel_view(job.id))
    if message_id is not None:
        await studio.jobs.set_message(job.id, message_id, origin.channel_id)


async def submit_like(press: Press, record: JobRecord, task: Task) -> None:
    """Submit a job of the member who pressed, on the checkpoint of the one before. Raises Refusal."""
    source = press.message.id if press.message else None
    await submit(press.client.studio, press, task, record.job.checkpoint, source)


async def _take(
    studio: Studio,
    channel: discord.interactions.InteractionChannel | None,
    task: Task,
    checkpoint: str,
    origin: Origin,
) -> Job:
    """Judge and record. What has begun here is not cancelled: a record that is half made helps nobody."""
    policy = await policy_of(studio, channel)
    if not isinstance(task, Describe):
        judge = partial(judge_prompt, policy=policy, steps=task.steps)
        for words, negative in _said(task):
            verdict = await asyncio.to_thread(judge, words, negative)
            if verdict.blocked:
                raise Refusal(wording.refused([reason.explanation for reason in verdict.reasons]))
        if sentence := misplaced_addon(parse(task.prompt), parse(task.negative_prompt)):
            raise Refusal(sentence)
    job = Job(checkpoint=checkpoint, policy=policy, reply_to=BOT_RESULTS, task=task)
    await studio.jobs.add(job, origin)
    return job


def _said(task: Imagine | Upscale) -> Iterator[tuple[str, str]]:
    """What is to be judged, in pairs of what shall be there and what shall not."""
    yield task.prompt, task.negative_prompt
    if isinstance(task, Imagine) and task.start:
        for words in task.start.words:
            yield words, ""


async def _answer(interaction: discord.Interaction, content: str, view: discord.ui.View) -> int | None:
    """Answer the interaction, or complete the answer that it was promised; return the message's id."""
    if interaction.response.is_done():
        return (await interaction.edit_original_response(content=content, view=view)).id
    answer = await interaction.response.send_message(content, view=view, suppress_embeds=True)
    return answer.message_id


async def enqueue(studio: Studio, job: Job) -> Wait | None:
    """Put a recorded job into the queue; None when the queue is away (the sweep tries again)."""

    def work() -> Wait:
        studio.queue.enqueue(job)
        return expected_wait(studio.redis, studio.queue, job)

    try:
        async with asyncio.timeout(PATIENCE):
            return await asyncio.to_thread(work)
    except (TimeoutError, redis.RedisError) as error:
        log.warning("job %s waits for the queue: %s", job.id, error)
        return None


def _check_permissions(interaction: discord.Interaction) -> None:
    if interaction.guild_id is None:
        return
    missing = missing_permissions(interaction.app_permissions, interaction.channel)
    if missing:
        log.warning("channel %s: missing permissions: %s", interaction.channel_id, ", ".join(missing))
        raise Refusal(
            f"I may not post pictures here. A moderator can give me {' and '.join(missing)} in this channel."
        )
