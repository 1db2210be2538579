"""`/jobs`: a member's own jobs, to be cancelled, posted again, or fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import discord
import redis
from discord import app_commands, ui

from bot import wording
from bot.actions import fetch, repost
from bot.buttons import cancel_button
from bot.channels import policy_of
from bot.language import Language, private
from bot.sayable import sayable
from bot.studio import Interaction
from moderation.told import Told
from storage.farm import Outlook, Wait
from storage.records.jobs import JobRecord, RowState
from storage.redis_trouble import trouble_of, write_and_read

SHOWN = 10
_TITLE_LIMIT, _FAILURE_LIMIT = 40, 60


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
async def jobs(interaction: Interaction) -> None:
    """See your queued, running and recent jobs."""
    studio, language = interaction.client.studio, private(interaction)
    records = await studio.jobs.of_member(interaction.user.id, guild_id=interaction.guild_id, limit=SHOWN)
    if not records:
        await interaction.response.send_message(
            language.say("You have no jobs yet. Try `/imagine`."), ephemeral=True
        )
        return

    def waits() -> dict[str, Wait]:
        queued = [record.job for record in records if record.state is RowState.QUEUED]
        write_and_read(studio.redis)
        found = Outlook(studio.redis, studio.queue).waits(queued)
        return {job.id: wait for job, wait in zip(queued, found, strict=True)}

    try:
        async with asyncio.timeout(1):
            known, trouble = await asyncio.to_thread(waits), None
    except (TimeoutError, redis.RedisError) as error:
        known, trouble = {}, trouble_of(error)
    policy = await policy_of(studio, interaction.channel, interaction.user.id)
    said = [await sayable(record, policy) for record in records]
    lines = [f"{place}. {_line(language, record, known)}" for place, record in enumerate(said, start=1)]
    above = [] if trouble is None else [language.of(wording.QUEUE_TROUBLES[trouble])]
    while len("\n".join(above + lines)) > wording.MESSAGE_LIMIT:
        lines.pop()
    await interaction.response.send_message(
        "\n".join(above + lines),
        view=_buttons(language, records[: len(lines)]),
        ephemeral=True,
        suppress_embeds=True,
    )


def _line(language: Language, record: JobRecord, waits: dict[str, Wait]) -> str:
    title = wording.title(language, record.job.task, limit=_TITLE_LIMIT)
    kind = language.of(wording.kind(record.job.task))
    asked = discord.utils.format_dt(record.created_at, "R")
    return f"{title} ({kind}, {asked}) — {_state(language, record, waits)}"


def _state(language: Language, record: JobRecord, waits: dict[str, Wait]) -> str:
    say = language.say
    failure = wording.escape(language.of(record.failure), _FAILURE_LIMIT) if record.failure else None
    match record.state:
        case RowState.QUEUED:
            return language.of(_queued(waits.get(record.job.id)))
        case RowState.FINISHED:
            return say("done, being posted")
        case RowState.KEPT if record.pictures:
            why = failure or say("the channel is gone")
            return say("done, but not posted: {why} Fetch it below.", why=why)
        case RowState.POSTED:
            return _linked(say("done"), record)
        case RowState.FAILED | RowState.TOLD | RowState.KEPT if failure is not None:
            return f"{_linked(say('failed'), record)}: {failure}"
        case _:
            return _linked(say("cancelled"), record)


def _linked(words: str, record: JobRecord) -> str:
    """Let the words lead to the job's message, if it has one."""
    url = wording.answer_url(record)
    return f"[{words}]({url})" if url else words


def _queued(wait: Wait | None) -> Told:
    if wait is None:
        return Told("waiting for the farm")
    place = Told("rendering") if wait.position is None else wording.in_the_queue(wait.position)
    if wait.seconds is None:
        return place
    return Told("{place}, about {time}", place=place, time=wording.seconds(wait.seconds))


def _buttons(language: Language, records: Sequence[JobRecord]) -> ui.View:
    view = ui.View(timeout=None)
    for place, record in enumerate(records, start=1):
        if record.state is RowState.QUEUED:
            view.add_item(cancel_button(record.job.id, language.say("Cancel {place}", place=place)))
        elif record.state is RowState.KEPT and record.pictures:
            view.add_item(fetch.button(record.job.id, language.say("Fetch {place}", place=place)))
        elif record.state is RowState.POSTED and record.credits:
            view.add_item(repost.button(record.job.id, language.say("Post {place} again", place=place)))
    return view
