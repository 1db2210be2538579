"""2x and 4x: a picture, enlarged."""

from __future__ import annotations

from functools import partial

from bot.actions.chosen import shown_picture
from bot.buttons import JobButton, job_button
from bot.studio import Press
from bot.submission import submit_like
from storage.jobs import Factor, JobId
from tasks.upscale import larger

_FACTORS: dict[str, Factor] = {"twice": 2, "fourfold": 4}


def buttons(job_id: JobId, index: int, row: int) -> list[JobButton]:
    """Make the buttons, one a factor."""
    return [
        job_button(action, job_id, index, label=f"{factor}x", row=row) for action, factor in _FACTORS.items()
    ]


async def upscale(press: Press, job_id: JobId, index: int | None, *, factor: Factor) -> None:
    """Make the chosen picture `factor` times as wide and as high."""
    record, made_by, blob = await shown_picture(press, job_id, index)
    await submit_like(press, record, larger(blob, factor, made_by))


ACTIONS = {action: partial(upscale, factor=factor) for action, factor in _FACTORS.items()}
