"""The buttons under a single picture."""

from __future__ import annotations

from discord import ui

from bot.actions import (
    again,
    delete,
    describe,
    detail,
    explain,
    faces,
    finish,
    outpaint,
    ranks,
    redraw,
    report,
    reroll,
    upscale,
    vary,
)
from bot.buttons import view_of
from bot.language import Language
from storage.jobs import Job, JobId
from tasks.presets import Distance


def picture_view(language: Language, job: Job, index: int) -> ui.View:
    """Put the buttons under a single picture of a job."""
    return view_of(
        [
            vary.button(Distance.SUBTLE, job.id, index, language.say("Vary subtle"), row=0),
            vary.button(Distance.STRONG, job.id, index, language.say("Vary strong"), row=0),
            reroll.button(language, job.id, index, row=0),
            again.button(language, job.id, index, row=0),
            *finish.button(language, job, index, row=0),
            *upscale.buttons(job.id, index, row=1),
            detail.button(language, job.id, index, row=1),
            faces.button(language, job.id, index, row=1),
            redraw.button(language, job.id, index, row=1),
            outpaint.menu(language, job.id, index, row=2),
            describe.button(language, job.id, index, row=3),
            *explain.button(language, job, row=3),
            *ranks.button(language, job, row=3),
            report.button(language, job.id, row=3),
            delete.button(language, job.id, row=3),
        ]
    )


def larger_view(language: Language, job_id: JobId, index: int) -> ui.View:
    """Put the buttons under an enlarged picture."""
    return view_of(
        [
            *upscale.buttons(job_id, index, row=0),
            detail.button(language, job_id, index, row=0),
            faces.button(language, job_id, index, row=0),
            redraw.button(language, job_id, index, row=0),
            outpaint.menu(language, job_id, index, row=1),
            describe.button(language, job_id, index, row=2),
            again.button(language, job_id, index, row=2),
            report.button(language, job_id, row=2),
            delete.button(language, job_id, row=2),
        ]
    )
