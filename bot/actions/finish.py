"""Finish: a draft, taken further in the finest quality."""

from __future__ import annotations

from bot.actions.chosen import GONE, checkpoint_of, shown_picture
from bot.buttons import JobButton, job_button
from bot.language import Language
from bot.refusals import Refusal
from bot.resubmission import submit_like
from bot.studio import Press
from bot.taste import note_choice
from storage.jobs import Imagine, Job, JobId
from storage.recipe import Recipe
from tasks.finish import finished, is_draft


def button(language: Language, job: Job, index: int, row: int, place: int | None = None) -> list[JobButton]:
    """Make the button, in a grid that of the picture at a place from 1; none if the picture is no draft."""
    if not isinstance(job.task, Imagine) or not is_draft(job.task):
        return []
    label = language.say("Finish") if place is None else language.say("Finish {place}", place=place)
    return [job_button("finish", job.id, index, label=label, emoji="✨", row=row)]


async def finish(press: Press, job_id: JobId, index: int | None) -> None:
    """Draw the chosen draft as it is, but finely."""
    record, recipe, blob = await shown_picture(press, job_id, index)
    if not isinstance(recipe, Recipe):
        raise Refusal(GONE)
    await submit_like(press, record, finished(recipe, blob, checkpoint_of(press, record).usual))
    await note_choice(press.client.studio, press.user.id, record, index)
