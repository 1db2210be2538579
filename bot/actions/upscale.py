"""2x and 4x: a picture, enlarged; 2x all: every picture of a grid."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bot import wording
from bot.actions.chosen import record_of, shown_of, shown_picture
from bot.buttons import JobButton, job_button
from bot.channels import policy_of
from bot.language import Language
from bot.pictures import allowed
from bot.refusals import Refusal
from bot.resubmission import submit_all_like, submit_like
from bot.studio import Action, Press
from bot.taste import note_choice
from storage.jobs import Factor, JobId
from tasks.upscale import larger

_ALL = "all"
_FACTORS: dict[str, Factor] = {"twice": 2, "fourfold": 4}


def buttons(job_id: JobId, index: int, row: int) -> list[JobButton]:
    """Make the buttons, one a factor."""
    return [
        job_button(action, job_id, index, label=f"{factor}x", row=row) for action, factor in _FACTORS.items()
    ]


def all_button(language: Language, job_id: JobId, row: int) -> JobButton:
    """Make the button for all pictures of a grid."""
    return job_button(_ALL, job_id, label=language.say("2x all"), row=row)


async def upscale(press: Press, job_id: JobId, index: int | None, *, factor: Factor) -> None:
    """Make the chosen picture `factor` times as wide and as high."""
    record, made_by, blob = await shown_picture(press, job_id, index)
    await submit_like(press, record, larger(blob, factor, made_by))
    await note_choice(press.client.studio, press.user.id, record, index)


async def upscale_all(press: Press, job_id: JobId, index: int | None) -> None:
    """Make every picture of a grid that may be seen here twice as wide and as high, a job each."""
    record = await record_of(press, job_id)
    policy = await policy_of(press.client.studio, press.channel, press.user.id)
    if not (shown := await allowed(press.client.studio, record, policy)):
        raise Refusal(wording.withheld_sentence(len(record.pictures), len(record.pictures)))
    chosen = [await shown_of(press, record, each) for each in shown]
    await submit_all_like(press, record, [larger(blob, 2, made_by) for made_by, blob in chosen])


ACTIONS: Mapping[str, Action] = {
    **{action: partial(upscale, factor=factor) for action, factor in _FACTORS.items()},
    _ALL: upscale_all,
}
