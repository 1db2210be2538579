"""Fetch: pictures that could not be posted, handed to whoever asked for them."""

from __future__ import annotations

from bot import wording
from bot.actions.chosen import only_for, record_of, unseen
from bot.buttons import JobButton, job_button
from bot.channels import policy_of
from bot.language import private
from bot.pictures import picture_file, reviewed
from bot.promises import promise
from bot.refusals import Refusal
from bot.studio import Press
from moderation.told import Told
from storage.jobs import JobId


def button(job_id: JobId, label: str) -> JobButton:
    """Make the button."""
    return job_button("fetch", job_id, label=label)


async def fetch(press: Press, job_id: JobId, index: int | None) -> None:
    """Hand a member the pictures that could not be posted."""
    record = await record_of(press, job_id)
    only_for(press, {record.origin.member_id}, Told("fetch it"))
    await promise(press, ephemeral=True)
    policy = await policy_of(press.client.studio, press.channel, press.user.id)
    pictures = await reviewed(press.client.studio, record, policy)
    if not pictures.shown and pictures.waiting:
        raise Refusal(wording.waiting_sentence(len(pictures.waiting)))
    if not pictures.shown:
        raise Refusal(unseen(record.pictures))
    language = private(press)
    file = await picture_file(language, pictures, press.filesize_limit)
    title = wording.title(language, pictures.said.job.task)
    await press.edit_original_response(content=title, attachments=[file])
    await press.client.studio.jobs.mark_fetched(job_id)
