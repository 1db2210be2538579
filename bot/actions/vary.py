"""V: four pictures near a chosen one, subtly or strongly different."""

from __future__ import annotations

from functools import partial

from bot.actions.chosen import chosen_index, imagined, record_of
from bot.buttons import JobButton, job_button
from bot.studio import Press
from bot.submission import submit_like
from storage.jobs import MAX_PICTURES, JobId
from storage.noise import Noise, Variation, new_seed
from storage.recipe import sampled
from tasks.presets import Distance


def button(distance: Distance, job_id: JobId, index: int, label: str, row: int) -> JobButton:
    """Make the button for variations of that picture."""
    return job_button(distance, job_id, index, label=label, row=row)


async def vary(press: Press, job_id: JobId, index: int | None, *, distance: Distance) -> None:
    """Make four pictures whose noise is turned by `distance` from that of the chosen one."""
    record = await record_of(press, job_id)
    task = imagined(record)
    recipe = sampled(record.pictures[chosen_index(record, index)].recipe)
    assert recipe is not None, "what was imagined has been sampled"
    parent = recipe.noise
    noises = tuple(
        Noise(
            seed=parent.seed,
            variations=(*parent.variations, Variation(seed=new_seed(), strength=distance.strength)),
        )
        for _ in range(MAX_PICTURES)
    )
    await submit_like(press, record, task.model_copy(update={"noises": noises, "best": None}))


ACTIONS = {distance.value: partial(vary, distance=distance) for distance in Distance}
