"""The one door to a job that somebody names."""

from __future__ import annotations

from bot.studio import Press
from storage.jobs import JobId
from storage.records.jobs import JobRecord


async def find_record(press: Press, job_id: JobId) -> JobRecord | None:
    """Look up a job of the server that the press comes from; in a direct message, one of the member's own.

    What is handed to nobody but its member is known to nobody but them.
    Ids are no secret: they are in file names, and whoever made a message may have put any into it.
    """
    record = await press.client.studio.jobs.get(job_id)
    if record is None:
        return None
    own = record.origin.member_id == press.user.id
    here = press.guild_id in (None, record.origin.guild_id)
    needs_own = press.guild_id is None or record.origin.manner.is_secret
    return record if here and (own or not needs_own) else None
