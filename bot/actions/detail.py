"""Detail 2x: twice as wide and as high, and drawn over by the checkpoint, tile by tile."""

from __future__ import annotations

from bot.actions.chosen import checkpoint_of, shown_picture
from bot.buttons import JobButton, job_button
from bot.language import Language
from bot.resubmission import submit_like
from bot.studio import Press
from bot.taste import note_choice
from storage.jobs import JobId
from storage.noise import new_seed
from storage.recipe import sampled
from tasks.detail import with_detail
from tasks.upscale import larger


def button(language: Language, job_id: JobId, index: int, row: int) -> JobButton:
    """Make the button."""
    return job_button("detail", job_id, index, label=language.say("Detail 2x"), row=row)


async def detail(press: Press, job_id: JobId, index: int | None) -> None:
    """Make the chosen picture twice as large, with detail that an upscaler cannot know."""
    record, made_by, blob = await shown_picture(press, job_id, index)
    known, like = checkpoint_of(press, record), sampled(made_by)
    task = with_detail(larger(blob, 2, made_by), like, known.side, new_seed(), usual=known.usual)
    await submit_like(press, record, task)
    await note_choice(press.client.studio, press.user.id, record, index)
