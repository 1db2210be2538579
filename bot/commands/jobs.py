"""`/jobs`: a member's own jobs, with cancel, and pictures that could not be posted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import discord
import redis
from discord import app_commands, ui

from bot import wording
from bot.actions import fetch
from bot.buttons import cancel_button
from bot.channels import policy_of
from bot.sayable import sayable
from bot.studio import Interaction
from storage.farm import Wait, expected_waits
from storage.records.jobs import JobRecord, RowState
from storage.redis_trouble import trouble_of, write_and_read
from tasks.ranks import ordinal

SHOWN = 10
_TITLE_LIMIT, _FAILURE_LIMIT = 40, 60


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
async def jobs(interaction: Interaction) -> None:
    """See your queued, running and recent jobs."""
    studio = interaction.client.studio
    records = await studio.jobs.of_member(interaction.user.id, guild_id=interaction.guild_id, limit=SHOWN)
    if not records:
        await interaction.response.send_message("You have no jobs yet. Try `/imagine`.", ephemeral=True)
        return

    def waits() -> dict[str, Wait]:
        queued = [record.job for record in records if record.state is RowState.QUEUED]
        write_and_read(studio.redis)
        found = expected_waits(studio.redis, studio.queue, queued)
        return {job.id: wait for job, wait in zip(queued, found, strict=True)}

    try:
        async with asyncio.timeout(1):
            known, trouble = await asyncio.to_thread(waits), None
    except (TimeoutError, redis.RedisError) as error:
        known, trouble = {}, trouble_of(error)
    policy = await policy_of(studio, interaction.channel)
    said = [await sayable(record, policy) for record in records]
    lines = [f"{place}. {_line(record, known)}" for place, record in enumerate(said, start=1)]
    above = [] if trouble is None else [wording.QUEUE_TROUBLES[trouble]]
    while len("\n".join(above + lines)) > wording.MESSAGE_LIMIT:
        lines.pop()
    await interaction.response.send_message(
        "\n".join(above + lines), view=_buttons(records[: len(lines)]), ephemeral=True, suppress_embeds=True
    )


def _line(record: JobRecord, waits: dict[str, Wait]) -> str:
    asked = discord.utils.format_dt(record.created_at, "R")
    kind = wording.kind(record.job.task)
    return f"{wording.title(record.job.task, limit=_TITLE_LIMIT)} ({kind}, {asked}) — {_state(record, waits)}"


def _state(record: JobRecord, waits: dict[str, Wait]) -> str:
    failure = wording.escape(record.failure, _FAILURE_LIMIT) if record.failure else None
    match record.state:
        case RowState.QUEUED:
            return _queued(waits.get(record.job.id))
        case RowState.FINISHED:
            return "done, being posted"
        case RowState.KEPT if record.pictures:
            return f"done, but not posted: {failure or 'the channel is gone'} Fetch it below."
        case RowState.POSTED:
            return _linked("done", record)
        case RowState.FAILED | RowState.TOLD | RowState.KEPT if failure is not None:
            return f"{_linked('failed', record)}: {failure}"
        case _:
            return _linked("cancelled", record)


def _linked(words: str, record: JobRecord) -> str:
    """Let the words lead to the job's message, if it has one."""
    if record.message_id is None or record.message_channel_id is None:
        return words
    url = wording.message_url(record.origin.guild_id, record.message_channel_id, record.message_id)
    return f"[{words}]({url})"


def _queued(wait: Wait | None) -> str:
    if wait is None:
        return "waiting for the farm"
    about = "" if wait.seconds is None else f", about {wording.seconds(wait.seconds)}"
    return f"rendering{about}" if wait.position is None else f"{ordinal(wait.position)} in the queue{about}"


def _buttons(records: Sequence[JobRecord]) -> ui.View:
    view = ui.View(timeout=None)
    for place, record in enumerate(records, start=1):
        if record.state is RowState.QUEUED:
            view.add_item(cancel_button(record.job.id, f"Cancel {place}"))
        elif record.state is RowState.KEPT and record.pictures:
            view.add_item(fetch.button(record.job.id, f"Fetch {place}"))
    return view
