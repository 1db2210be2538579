"""`/jobs`: a member's own jobs, with cancel, and pictures that could not be posted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import redis
from discord import app_commands, ui

from bot import wording
from bot.actions import fetch
from bot.buttons import cancel_button
from bot.studio import Interaction
from storage.farm import Wait, expected_waits
from storage.records.jobs import JobRecord, RowState
from tasks.ranks import ordinal

SHOWN = 10


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
        found = expected_waits(studio.redis, studio.queue, queued)
        return {job.id: wait for job, wait in zip(queued, found, strict=True)}

    try:
        async with asyncio.timeout(1):
            known = await asyncio.to_thread(waits)
    except (TimeoutError, redis.RedisError):
        known = {}
    lines = [f"{place}. {_line(record, known)}" for place, record in enumerate(records, start=1)]
    await interaction.response.send_message(
        wording.fit("\n".join(lines)), view=_buttons(records), ephemeral=True, suppress_embeds=True
    )


def _line(record: JobRecord, waits: dict[str, Wait]) -> str:
    return f"{wording.title(record.job.task, limit=60)} — {_state(record, waits.get(record.job.id))}"


def _state(record: JobRecord, wait: Wait | None) -> str:
    match record.state:
        case RowState.QUEUED:
            return _queued(wait)
        case RowState.FINISHED:
            return "done, being posted"
        case RowState.KEPT:
            return f"done, but not posted: {record.failure or 'the channel is gone'} Fetch it below."
        case RowState.POSTED | RowState.TOLD if record.message_id and record.message_channel_id:
            url = wording.message_url(record.origin.guild_id, record.message_channel_id, record.message_id)
            return f"[done]({url})" if record.failure is None else f"[failed]({url}): {record.failure}"
        case RowState.CANCELLED:
            return "cancelled"
        case _:
            return record.failure or "done"


def _queued(wait: Wait | None) -> str:
    if wait is None:
        return "waiting for the farm"
    return "rendering" if wait.position is None else f"{ordinal(wait.position)} in the queue"


def _buttons(records: Sequence[JobRecord]) -> ui.View:
    view = ui.View(timeout=None)
    for place, record in enumerate(records, start=1):
        if record.state is RowState.QUEUED:
            view.add_item(cancel_button(record.job.id, f"Cancel {place}"))
        elif record.state is RowState.KEPT and record.pictures:
            view.add_item(fetch.button(record.job.id, f"Fetch {place}"))
    return view
