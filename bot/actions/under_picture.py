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
    outpaint,
    ranks,
    redraw,
    reroll,
    upscale,
    vary,
)
from bot.buttons import view_of
from storage.jobs import Job, JobId
from tasks.presets import Distance


def picture_view(job: Job, index: int) -> ui.View:
    """Put the buttons under a single picture of a job."""
    return view_of(
        [
            vary.button(Distance.SUBTLE, job.id, index, "Vary subtle", row=0),
            vary.button(Distance.STRONG, job.id, index, "Vary strong", row=0),
            reroll.button(job.id, index, row=0),
            again.button(job.id, index, row=0),
            *upscale.buttons(job.id, index, row=1),
            detail.button(job.id, index, row=1),
            faces.button(job.id, index, row=1),
            redraw.button(job.id, index, row=1),
            outpaint.menu(job.id, index, row=2),
            describe.button(job.id, index, row=3),
            *explain.button(job, row=3),
            *ranks.button(job, row=3),
            delete.button(job.id, row=3),
        ]
    )


def larger_view(job_id: JobId, index: int) -> ui.View:
    """Put the buttons under an enlarged picture."""
    return view_of(
        [
            *upscale.buttons(job_id, index, row=0),
            detail.button(job_id, index, row=0),
            faces.button(job_id, index, row=0),
            redraw.button(job_id, index, row=0),
            outpaint.menu(job_id, index, row=1),
            describe.button(job_id, index, row=2),
            again.button(job_id, index, row=2),
            delete.button(job_id, row=2),
        ]
    )
