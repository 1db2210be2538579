"""How were they ranked?: what the best pictures were chosen by."""

from __future__ import annotations

from bot.actions.chosen import imagined, record_of
from bot.buttons import JobButton, job_button
from bot.channels import policy_of
from bot.language import Language, private
from bot.pictures import allowed
from bot.studio import Press
from storage.jobs import Imagine, Job, JobId
from tasks.ranks import ranks_message


def button(language: Language, job: Job, row: int) -> list[JobButton]:
    """Make the button; none if all pictures that were made are shown."""
    if not isinstance(job.task, Imagine) or job.task.best is None:
        return []
    return [job_button("ranks", job.id, label=language.say("How were they ranked?"), row=row)]


async def ranks(press: Press, job_id: JobId, index: int | None) -> None:
    """Show the member who pressed what the best pictures were ranked by."""
    record = await record_of(press, job_id)
    policy, studio = await policy_of(press.client.studio, press.channel, press.user.id), press.client.studio
    shown = await allowed(studio, record, policy)
    pictures, made = [record.pictures[place] for place in shown], len(imagined(record).noises)
    said = ranks_message(pictures, made, private(press).of)
    await press.response.send_message(said, ephemeral=True)
