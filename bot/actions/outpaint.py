"""Outpaint: the picture grows, as chosen from the menu under it."""

from __future__ import annotations

from functools import partial

import discord

from bot.actions.chosen import checkpoint_of, sampling_of, shown_picture
from bot.buttons import JobMenu, job_menu
from bot.language import Language
from bot.pictures import png_size
from bot.resubmission import submit_like
from bot.studio import Press
from storage.jobs import JobId
from storage.noise import Noise, new_seed
from tasks.outpaint import Growth, outpainting


def menu(language: Language, job_id: JobId, index: int, row: int) -> JobMenu:
    """Make the menu of the ways in which a picture can grow."""
    choices = [discord.SelectOption(label=language.of(growth.label), value=growth) for growth in Growth]
    return job_menu(job_id, index, language.say("Outpaint …"), choices, row)


async def outpaint(press: Press, job_id: JobId, index: int | None, *, growth: Growth) -> None:
    """Paint beyond the borders of the chosen picture, with its words and steps."""
    record, made_by, blob = await shown_picture(press, job_id, index)
    recipe, side = sampling_of(made_by), checkpoint_of(press, record).side
    size = png_size(await press.client.studio.blobs.aget(blob))
    task = outpainting(recipe, blob, size, growth.margins(size), side, Noise(seed=new_seed()))
    await submit_like(press, record, task)


ACTIONS = {growth.value: partial(outpaint, growth=growth) for growth in Growth}
