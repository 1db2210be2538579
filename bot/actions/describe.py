"""Describe: the words that go with a picture."""

from __future__ import annotations

from bot.actions.chosen import shown_picture
from bot.buttons import JobButton, job_button
from bot.language import Language
from bot.resubmission import submit_like
from bot.studio import Press
from storage.jobs import Describe, JobId


def button(language: Language, job_id: JobId, index: int, row: int) -> JobButton:
    """Make the button."""
    return job_button("describe", job_id, index, label=language.say("Describe"), row=row)


async def describe(press: Press, job_id: JobId, index: int | None) -> None:
    """Find the words that go with the chosen picture."""
    record, _, blob = await shown_picture(press, job_id, index)
    await submit_like(press, record, Describe(image=blob))
