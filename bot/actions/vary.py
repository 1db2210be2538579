"""V: four pictures near a chosen one, subtly or strongly different."""

from __future__ import annotations

from functools import partial

from bot.actions.chosen import imagined, noise_of, record_of
from bot.actions.remix import open_form, remixes
from bot.buttons import JobButton, job_button
from bot.resubmission import submit_like
from bot.studio import Press
from bot.taste import note_choice
from storage.jobs import JobId
from tasks.presets import Distance
from tasks.vary import varied


def button(distance: Distance, job_id: JobId, index: int, label: str, row: int) -> JobButton:
    """Make the button for variations of that picture."""
    return job_button(distance, job_id, index, label=label, row=row)


async def vary(press: Press, job_id: JobId, index: int | None, *, distance: Distance) -> None:
    """Make four pictures whose noise is turned by `distance` from that of the chosen one.

    Whoever remixes is asked for other words before.
    """
    record = await record_of(press, job_id)
    parent = noise_of(record, index)
    if await remixes(press):
        await open_form(press, distance, record, index)
    else:
        await submit_like(press, record, varied(imagined(record), parent, distance))
    await note_choice(press.client.studio, press.user.id, record, index)


ACTIONS = {distance.value: partial(vary, distance=distance) for distance in Distance}
