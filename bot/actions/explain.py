"""How was it read?: the prompt with the weight of each word."""

from __future__ import annotations

import asyncio
import io

import discord

from bot import wording
from bot.actions.chosen import WORDS_WITHHELD, imagined, record_of
from bot.buttons import JobButton, job_button
from bot.channels import policy_of
from bot.language import Language, private
from bot.pictures import alt_text
from bot.refusals import Refusal
from bot.sayable import may_be_said
from bot.studio import Press
from bot.weight_strip import weight_strip
from moderation.prompt_language.explanation import has_syntax
from moderation.prompt_language.parse import parse
from storage.jobs import Imagine, Job, JobId


def button(language: Language, job: Job, row: int) -> list[JobButton]:
    """Make the button; none if the prompt is only words, which are read as they stand."""
    if not isinstance(job.task, Imagine) or not has_syntax(parse(job.task.prompt)):
        return []
    return [job_button("explain", job.id, label=language.say("How was it read?"), row=row)]


async def explain(press: Press, job_id: JobId, index: int | None) -> None:
    """Show the member who pressed how the prompt was read."""
    record = await record_of(press, job_id)
    task, policy = imagined(record), await policy_of(press.client.studio, press.channel, press.user.id)
    if not await may_be_said(task, policy, record.job.cleared):
        raise Refusal(WORDS_WITHHELD)
    language = private(press)
    strip = await asyncio.to_thread(weight_strip, language, task.prompt, task.steps)
    png = io.BytesIO()
    strip.save(png, "PNG")
    png.seek(0)
    shows = alt_text(language.say("Each word with its weight: {prompt}", prompt=task.prompt))
    file = discord.File(png, filename="how-it-was-read.png", description=shows)
    await press.response.send_message(language.of(wording.LEGEND), file=file, ephemeral=True)
