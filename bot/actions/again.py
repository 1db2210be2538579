"""Same again: the chosen picture once more, exactly by its recipe."""

from __future__ import annotations

from bot.actions.chosen import record_of, shown_index
from bot.buttons import JobButton, job_button
from bot.language import Language
from bot.refusals import Refusal
from bot.resubmission import submit_like
from bot.studio import Press
from moderation.told import Told
from storage.jobs import JobId

NO_SOURCE = Told("The picture that this one was made from is no longer kept, so it cannot be made again.")
CHANGED = Told(
    "The checkpoint is no longer as it was when it made this picture, so it cannot be made again. "
    "Reroll makes a new one."
)


def button(language: Language, job_id: JobId, index: int, row: int) -> JobButton:
    """Make the button."""
    return job_button("again", job_id, index, label=language.say("Same again"), row=row)


async def again(press: Press, job_id: JobId, index: int | None) -> None:
    """Make the chosen picture once more, if its checkpoint and its sources have not changed."""
    studio = press.client.studio
    record = await record_of(press, job_id)
    recipe = record.pictures[await shown_index(press, record, index)].recipe
    known = studio.checkpoints.get(recipe.checkpoint)
    if known is not None and recipe.checkpoint_hash not in (None, known.hash):
        raise Refusal(CHANGED)
    if not all([await studio.blobs.ahas(source) for source in recipe.sources]):
        raise Refusal(NO_SOURCE)
    await submit_like(press, record, recipe.again())
