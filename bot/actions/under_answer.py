"""The buttons under the answer to a job."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from bot.actions import (
    delete,
    discarded,
    explain,
    finish,
    imagine,
    ranks,
    report,
    reroll,
    show,
    upscale,
    vary,
    withheld,
)
from bot.actions.under_picture import larger_view, picture_view
from bot.buttons import view_of
from bot.language import Language
from storage.jobs import Job, JobId, Upscale
from storage.training import Train
from tasks.presets import Distance


def pictures_view(
    language: Language,
    job: Job,
    shown: Sequence[int],
    *,
    some_discarded: bool = False,
    some_appealable: bool = False,
) -> ui.View:
    """Put the buttons under a job's answer; `shown` are the indices of the pictures that were posted.

    `some_discarded` says that others were discarded because of the people in them, and `some_appealable` that
    others were kept back that a moderator may be asked to look at.
    """
    view = _pictures_view(language, job, shown)
    if some_discarded:
        view.add_item(discarded.button(language, job.id))
    if some_appealable:
        view.add_item(withheld.button(language, job.id))
    return view


def _pictures_view(language: Language, job: Job, shown: Sequence[int]) -> ui.View:
    if isinstance(job.task, Upscale):
        return (
            larger_view(language, job.id, shown[0]) if shown else view_of([delete.button(language, job.id)])
        )
    if not shown:
        return view_of([reroll.button(language, job.id), delete.button(language, job.id)])
    return (
        picture_view(language, job, shown[0]) if job.task.pictures == 1 else grid_view(language, job, shown)
    )


def grid_view(language: Language, job: Job, shown: Sequence[int]) -> ui.View:
    """Put U and V, subtle and strong, for each picture under a grid, then reroll, the others and 2x all.

    Drafts are finished before they are made larger: theirs is a row of Finish in its place.
    """
    finishing = [
        button
        for place, index in enumerate(shown, start=1)
        for button in finish.button(language, job, index, row=4, place=place)
    ]
    enlarging = [upscale.all_button(language, job.id, row=4)] if len(shown) > 1 else []
    buttons = [
        *([] if isinstance(job.task, Train) else [reroll.button(language, job.id, row=3)]),
        *explain.button(language, job, row=3),
        *ranks.button(language, job, row=3),
        report.button(language, job.id, row=3),
        delete.button(language, job.id, row=3),
        *(finishing or enlarging),
    ]
    for place, index in enumerate(shown, start=1):
        buttons.append(show.button(job.id, index, place, row=0))
        subtle = language.say("V{place} subtle", place=place)
        strong = language.say("V{place} strong", place=place)
        buttons.append(vary.button(Distance.SUBTLE, job.id, index, subtle, row=1))
        buttons.append(vary.button(Distance.STRONG, job.id, index, strong, row=2))
    return view_of(buttons)


def description_view(language: Language, job_id: JobId, *, has_prompt: bool) -> ui.View:
    """Put the buttons under the words for a picture."""
    return view_of(
        [*([imagine.button(language, job_id)] if has_prompt else []), delete.button(language, job_id)]
    )
