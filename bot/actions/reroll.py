"""Reroll: the same words and settings with fresh seeds."""

from __future__ import annotations

from bot.actions.chosen import imagined, record_of
from bot.buttons import JobButton, job_button
from bot.language import Language
from bot.studio import Press
from bot.submission import submit_like
from storage.jobs import JobId
from storage.noise import Noise, new_seed


def button(language: Language, job_id: JobId, index: int | None = None, row: int | None = None) -> JobButton:
    """Make the button; with an index it makes one picture, without one as many as before."""
    return job_button("reroll", job_id, index, label=language.say("Reroll"), emoji="🔁", row=row)


async def reroll(press: Press, job_id: JobId, index: int | None) -> None:
    """Make as many pictures as before, or one in place of one, from fresh noise."""
    record = await record_of(press, job_id)
    task = imagined(record)
    count, best = (len(task.noises), task.best) if index is None else (1, None)
    noises = tuple(Noise(seed=new_seed()) for _ in range(count))
    await submit_like(press, record, task.model_copy(update={"noises": noises, "best": best}))
