"""Post again: a job's pictures once more, in the channel where it is asked for."""

from __future__ import annotations

from bot import wording
from bot.actions.chosen import GONE, only_for, record_of, unseen
from bot.actions.under_answer import pictures_view
from bot.buttons import JobButton, job_button
from bot.channels import policy_of
from bot.defaults import handed_on
from bot.language import public
from bot.pictures import picture_file, reviewed
from bot.promises import promise
from bot.refusals import Refusal
from bot.studio import Press
from moderation.told import Told
from storage.jobs import JobId


def button(job_id: JobId, label: str) -> JobButton:
    """Make the button."""
    return job_button("repost", job_id, label=label)


async def repost(press: Press, job_id: JobId, index: int | None) -> None:
    """Post the pictures again, as the channel's policy is now; for the member who asked for them."""
    record = await record_of(press, job_id)
    only_for(press, {record.origin.member_id}, Told("post it again"))
    if not record.pictures:
        raise Refusal(GONE)
    await promise(press, ephemeral=(await handed_on(press, record)).is_secret)
    policy = await policy_of(press.client.studio, press.channel, press.user.id)
    pictures = await reviewed(press.client.studio, record, policy)
    if not pictures.shown:
        raise Refusal(unseen(record.pictures))
    language = public(press)
    file = await picture_file(language, pictures, press.filesize_limit)
    message = await press.edit_original_response(
        content=wording.addressed(pictures.said),
        attachments=[file],
        view=pictures_view(language, record.job, pictures.shown),
    )
    where = message.channel.id, message.id, press.user.id
    await press.client.studio.showings.add(job_id, pictures.shown, *where)
