"""Reroll: the same words and settings with fresh seeds."""

from __future__ import annotations

from bot.actions.chosen import imagined, record_of
from bot.actions.remix import open_form, remixes
from bot.buttons import JobButton, job_button
from bot.language import Language
from bot.resubmission import submit_like
from bot.studio import Press
from storage.jobs import JobId
from tasks.reroll import rerolled


def button(language: Language, job_id: JobId, index: int | None = None, row: int | None = None) -> JobButton:
    """Make the button; with an index it makes one picture, without one as many as before."""
    return job_button("reroll", job_id, index, label=language.say("Reroll"), emoji="🔁", row=row)


async def reroll(press: Press, job_id: JobId, index: int | None) -> None:
    """Make as many pictures as before, or one in place of one, from fresh noise.

    Whoever remixes is asked for other words before.
    """
    record = await record_of(press, job_id)
    task = rerolled(imagined(record), one=index is not None)
    if await remixes(press):
        await open_form(press, "reroll", record, index)
    else:
        await submit_like(press, record, task)
