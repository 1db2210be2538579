"""From a member's wish to a job in the queue: judged, recorded, answered, enqueued, in that order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import discord
import redis

from bot import wording
from bot.add_ons import refuse_missing
from bot.buttons import cancel_view
from bot.channels import standing_of
from bot.credits import agreed, refuse_more_relaxed
from bot.defaults import handed_on
from bot.embeddings import with_embeddings
from bot.language import private, public
from bot.lettering import refuse_writing
from bot.limits import refuse_too_many
from bot.permitted import refuse_by_policy, refuse_without_permissions
from bot.promises import promise, time_left
from bot.prompt_check import Wish, judge_words, refuse_words
from bot.refusals import (
    UNKNOWN_INTERACTION,
    PromptRefused,
    TakenAlready,
    answer_error,
    sentence_of,
)
from bot.share import share_of, urgency_of
from bot.shown_words import shown_before
from bot.sizes import refuse_too_large
from bot.studio import Press, Studio, job_id_of
from bot.suspended import refuse_suspended
from bot.taste import learning
from moderation.prompt_language.limits import misplaced_addon
from moderation.prompt_language.parse import parse
from moderation.told import Told
from storage.database import DatabaseAway
from storage.events import results_of
from storage.farm import Wait
from storage.jobs import Describe, Imagine, Job, JobId, Shorten, Task, Upscale
from storage.manner import Manner
from storage.records.jobs import JobRecord
from storage.records.ledger import NotEnough
from storage.records.origin import Origin
from storage.records.promises import TOKEN_LIFE
from storage.redis_trouble import Trouble, trouble_of
from storage.share import Urgency
from storage.training import Caption, Train
from tasks.price import price_of

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds that an answer waits for the queue."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """What all jobs of a wish have in common; the fields are what `submit` says of them."""

    checkpoint: str
    source_message_id: int | None
    manner: Manner
    appeal: Appeal | None = None


@dataclass(frozen=True, slots=True)
class Appeal:
    """What makes jobs ones for review: the id of each, and the rules known to be mistaken about the words."""

    ids: Sequence[JobId]
    cleared: tuple[str, ...]


async def submit(
    studio: Studio,
    interaction: discord.Interaction,
    task: Task,
    checkpoint: str,
    source_message_id: int | None = None,
    *,
    manner: Manner,
) -> None:
    """Take a job, answer the interaction with its place in the queue, and enqueue it, in that order.

    `source_message_id` is the message, in the same channel, whose button was pressed. `manner` says how the
    result is handed over; an answer that was promised before must have been promised in that way. What the
    task's pictures were made to show is judged with what it says, as one whole.

    The row in the records comes first: a job that never reaches the queue is found there and enqueued later.
    The queue comes last: nothing is sent for a job before it is known what became of the answer.

    Raises Refusal if the prompt or the channel does not allow it or too many jobs wait, NotAgreed if the
    member does not go ahead at its price, DatabaseAway, and TakenAlready; there is no new job then. Discord
    gets an answer within three seconds, however slow the rest is: first a promise, and then the real answer.
    """
    await _submit_agreed(studio, interaction, [task], _Ask(checkpoint, source_message_id, manner))


async def submit_all(
    studio: Studio,
    interaction: discord.Interaction,
    tasks: Sequence[Task],
    checkpoint: str,
    source_message_id: int | None = None,
    *,
    manner: Manner,
    question: Told | None = None,
) -> None:
    """Take a job for each task, as `submit` does; each has a message of its own, the first one the answer.

    With a `question` the member is asked before, whatever it costs, and all words are judged before that.
    When one of the jobs is not taken, those before it are, and the member is told how many and why no others.
    """
    ask = _Ask(checkpoint, source_message_id, manner)
    if question is not None:
        if not interaction.response.is_done():
            await promise(interaction, ephemeral=True)
        await _refuse_any(studio, interaction, tasks, ask)
    await _submit_agreed(studio, interaction, tasks, ask, question)


async def submit_appeal(press: Press, record: JobRecord, tasks: Sequence[Task], appeal: Appeal) -> None:
    """Submit jobs that render withheld pictures of another one again, for moderators; they cost nothing."""
    refuse_without_permissions(press)
    source = press.message.id if press.message else None
    ask = _Ask(record.job.checkpoint, source, await handed_on(press, record), appeal)
    for place, task in enumerate(tasks):
        await _submit(press.client.studio, press, task, ask, place)


async def _submit_agreed(
    studio: Studio,
    interaction: discord.Interaction,
    tasks: Sequence[Task],
    ask: _Ask,
    question: Told | None = None,
) -> None:
    refuse_without_permissions(interaction)
    press = await agreed(studio, interaction, tasks, secretly=ask.manner.is_secret, question=question)
    try:
        await _submit(studio, press or interaction, tasks[0], ask)
    except Exception as error:
        if press is None:
            raise
        # Whoever called answers the interaction that they know.
        await answer_error(press, error)
        return
    for place, task in enumerate(tasks[1:], start=1):
        try:
            await _submit(studio, press or interaction, task, ask, place)
        except Exception as error:
            await _tell_rest(press or interaction, place, len(tasks), error)
            return


async def _refuse_any(
    studio: Studio, interaction: discord.Interaction, tasks: Sequence[Task], ask: _Ask
) -> None:
    """Raise PromptRefused for the first of several tasks whose words the channel's policy does not allow."""
    policy = (await standing_of(studio, interaction.channel, interaction.user.id)).when_handed(ask.manner)
    for place, task in enumerate(tasks):
        if isinstance(task, Imagine | Upscale):
            wish = _wish(task, ask, await shown_before(studio, task))
            await judge_words(studio, interaction, job_id_of(interaction.token, place), wish, policy)


async def _tell_rest(interaction: discord.Interaction, taken: int, of: int, error: Exception) -> None:
    """Tell the member that so many of several jobs were taken, and why not the others."""
    language = private(interaction)
    why = sentence_of(error, language)
    if why is None:
        log.error("interaction %s: job %d of %d failed", interaction.id, taken + 1, of, exc_info=error)
        why = language.say("Something went wrong on my side.")
    said = language.say("{taken} of {jobs} jobs were taken. {why}", taken=taken, jobs=of, why=why)
    await interaction.followup.send(said, ephemeral=True)


async def _submit(
    studio: Studio, interaction: discord.Interaction, task: Task, ask: _Ask, place: int = 0
) -> None:
    """Take the job at a place among those of an interaction."""
    origin = Origin(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id or 0,
        member_id=interaction.user.id,
        token=interaction.token,
        token_expires_at=interaction.created_at + TOKEN_LIFE,
        source_message_id=ask.source_message_id,
        language=public(interaction).code,
        manner=ask.manner,
    )
    taking = asyncio.ensure_future(_take(studio, interaction, task, ask, origin, place))
    taken_soon = taking in (await asyncio.wait({taking}, timeout=time_left(interaction)))[0]
    if not taken_soon and not interaction.response.is_done():
        await promise(interaction, ephemeral=ask.manner.is_secret)
    job = await taking
    try:
        await _answer(studio, interaction, job, secretly=ask.manner.is_secret, beside=place > 0)
    except discord.NotFound as error:
        if error.code == UNKNOWN_INTERACTION:
            # The member was told that nothing happened, and asks again: a second picture would be too many.
            await studio.jobs.withdraw(job.id)
            raise
        log.warning("job %s: its answer is gone: %s", job.id, error)
    except (discord.HTTPException, aiohttp.ClientError, OSError, DatabaseAway) as error:
        log.warning("job %s: its answer is not known: %s", job.id, error)
    await enqueue(studio, job)


async def _take(
    studio: Studio, interaction: discord.Interaction, task: Task, ask: _Ask, origin: Origin, place: int
) -> Job:
    """Judge and record the job. Once begun, this is not cancelled: a half-made record helps nobody."""
    # Of a hundred at once, the first are not to wait for all.
    async with studio.taking:
        return await _taken(studio, interaction, task, ask, origin, place)


async def _taken(
    studio: Studio, interaction: discord.Interaction, task: Task, ask: _Ask, origin: Origin, place: int
) -> Job:
    job_id = ask.appeal.ids[place] if ask.appeal else job_id_of(interaction.token, place)
    await refuse_suspended(interaction)
    await refuse_too_many(studio, interaction)
    standing = await standing_of(studio, interaction.channel, interaction.user.id)
    policy, checkpoint = standing.when_handed(ask.manner), ask.checkpoint
    cleared = ask.appeal.cleared if ask.appeal else ()
    task, used = await with_embeddings(studio, task, checkpoint, policy, origin)
    await refuse_by_policy(studio, policy, interaction.user, task, checkpoint)
    shows = await shown_before(studio, task)
    if isinstance(task, Train | Caption | Shorten):
        await refuse_words(studio, task, policy)
    elif not isinstance(task, Describe) and ask.appeal is None:
        cleared = await judge_words(studio, interaction, job_id, _wish(task, ask, shows), policy)
        if sentence := misplaced_addon(parse(task.prompt), parse(task.negative_prompt)):
            raise PromptRefused(sentence)
        await refuse_missing(studio, task, checkpoint)
        await refuse_too_large(studio, task, checkpoint)
    await refuse_writing(studio, task, policy, shows)
    job = Job(
        **await learning(studio, task, origin.member_id, origin.guild_id),
        id=job_id,
        checkpoint=checkpoint,
        policy=policy,
        policy_version=standing.held.version,
        cleared=cleared,
        shows=shows,
        reply_to=results_of(interaction.application_id, studio.settings.shards),
        share=share_of(studio.settings, interaction.user, urgency_of(task, place)),
        for_review=ask.appeal is not None,
        task=task,
    )
    job = await _record(studio, job, origin)
    await studio.embeddings.note_uses(job.id, used)
    return job


def _wish(task: Imagine | Upscale, ask: _Ask, shows: tuple[str, ...]) -> Wish:
    return Wish(
        task=task,
        checkpoint=ask.checkpoint,
        source_message_id=ask.source_message_id,
        shows=shows,
        manner=ask.manner,
    )


async def _record(studio: Studio, job: Job, origin: Origin) -> Job:
    """Record a job, with its price reserved; who has too few credits gets it for nothing, when others rest.

    Raises Refusal for another one of those, and TakenAlready.
    """
    try:
        added = await studio.jobs.add(job, origin, 0 if job.for_review else price_of(job.task))
    except NotEnough:
        await refuse_more_relaxed(studio.open_jobs, origin.member_id)
        relaxed = job.share.model_copy(update={"urgency": Urgency.RELAXED})
        job = job.model_copy(update={"share": relaxed})
        added = await studio.jobs.add(job, origin)
    if not added:
        raise TakenAlready
    return job


async def _answer(
    studio: Studio, interaction: discord.Interaction, job: Job, *, secretly: bool, beside: bool
) -> None:
    """Answer the interaction, or replace the promise of an answer, and remember the message.

    A job `beside` the first one has a message beside the answer.
    """
    language, wait = public(interaction), await _wait_of(studio, job)
    content = wording.fit(wording.waiting(language, job, wait))
    view = cancel_view(language, job.id)
    message_id: int | None
    if beside:
        sent = await interaction.followup.send(content, view=view, ephemeral=secretly, wait=True)
        message_id = sent.id
    elif interaction.response.is_done():
        message_id = (await interaction.edit_original_response(content=content, view=view)).id
    else:
        answer = await interaction.response.send_message(
            content, view=view, suppress_embeds=True, ephemeral=secretly
        )
        message_id = answer.message_id
    if message_id is not None:
        await studio.jobs.set_message(job.id, message_id, interaction.channel_id or 0)


async def _wait_of(studio: Studio, job: Job) -> Wait | Trouble:
    """Estimate the wait of a job that is about to be enqueued, or say why the queue does not take it now."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await studio.waits.ask(job)
    except (TimeoutError, redis.RedisError) as error:
        log.warning("job %s: its wait is not known: %s", job.id, error)
        return trouble_of(error)


async def enqueue(studio: Studio, job: Job) -> None:
    """Put a recorded job into the queue; while that is away, the upkeep tries again."""
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(studio.queue.enqueue, job)
    except (TimeoutError, redis.RedisError) as error:
        log.warning("job %s waits for the queue: %s", job.id, error)
