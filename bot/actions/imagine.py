"""Imagine this: pictures from the prompt that describes one."""

from __future__ import annotations

import discord

from bot.actions.chosen import GONE, checkpoint_of, record_of
from bot.buttons import JobButton, job_button
from bot.language import Language
from bot.refusals import Refusal
from bot.resubmission import submit_like
from bot.studio import Press
from storage.jobs import JobId
from tasks.presets import usual_task


def button(language: Language, job_id: JobId) -> JobButton:
    """Make the button."""
    return job_button(
        "imagine", job_id, label=language.say("Imagine this"), style=discord.ButtonStyle.primary
    )


async def imagine(press: Press, job_id: JobId, index: int | None) -> None:
    """Make pictures from the prompt that describes one, in its shape."""
    record = await record_of(press, job_id)
    if record.description is None:
        raise Refusal(GONE)
    known, weighting = checkpoint_of(press, record), press.client.studio.settings.weighting
    said = record.description
    task = usual_task(said.prompt, said.size, known.side, weighting=weighting, usual=known.usual)
    await submit_like(press, record, task)
