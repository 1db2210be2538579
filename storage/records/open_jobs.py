"""How many jobs wait or render: there is a limit to them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from storage.database import Database
from storage.records.jobs import RowState
from storage.share import Urgency
from storage.tables import JobRow, table_of

_JOBS = table_of(JobRow)
# Built once: it is asked with each command.
_NOW = select(
    func.count().filter(_JOBS.c.member_id == bindparam("member")),
    func.count().filter(_JOBS.c.channel_id == bindparam("channel")),
    func.count().filter(_JOBS.c.server_id == bindparam("server")),
    func.count(),
).where(_JOBS.c.state == RowState.QUEUED)


@dataclass(frozen=True, slots=True)
class OpenNow:
    """How many jobs have no result yet: of a member, in a channel, of a server and in all."""

    member: int
    channel: int
    server: int
    farm: int


class OpenJobs:
    """The jobs in a database that have no result yet. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self, member_id: int, channel_id: int, guild_id: int | None) -> OpenNow:
        """Count them."""
        these = {"member": member_id, "channel": channel_id, "server": guild_id}
        async with self._database.reading() as db:
            return OpenNow(*(await db.execute(_NOW, these)).one())

    async def relaxed(self, member_id: int) -> int:
        """Count those of a member that wait, for nothing, until the farm has time."""
        urgency = _JOBS.c.job["share"]["urgency"].as_integer()
        mine = (_JOBS.c.state == RowState.QUEUED, _JOBS.c.member_id == member_id, urgency == Urgency.RELAXED)
        async with self._database.reading() as db:
            return (await db.execute(select(func.count()).select_from(_JOBS).where(*mine))).scalar_one()
