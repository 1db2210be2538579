"""How were they ranked?: what the best pictures were chosen by."""

from __future__ import annotations

from bot.actions.chosen import imagined, record_of
from bot.buttons import JobButton, job_button
from bot.channels import policy_of
from bot.pictures import allowed
from bot.studio import Press
from storage.jobs import Imagine, Job, JobId
from tasks.ranks import ranks_message


def button(job: Job, row: int) -> list[JobButton]:
    """Make the button; none if all pictures that were made are shown."""
    if not isinstance(job.task, Imagine) or job.task.best is None:
        return []
    return [job_button("ranks", job.id, label="How were they ranked?", row=row)]


async def ranks(press: Press, job_id: JobId, index: int | None) -> None:
    """Show the member who pressed what the best pictures were ranked by."""
    record = await record_of(press, job_id)
    shown = allowed(record.pictures, await policy_of(press.client.studio, press.channel))
    said = ranks_message([record.pictures[place] for place in shown], len(imagined(record).noises))
    await press.response.send_message(said, ephemeral=True)
