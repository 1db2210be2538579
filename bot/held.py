"""Pictures that are held until a moderator has looked at them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.studio import Studio
from storage.jobs import JobId
from storage.records.jobs import JobRecord
from storage.records.reviews import Case, Kind, State


async def hold(studio: Studio, record: JobRecord, waiting: Mapping[int, tuple[str, ...]]) -> None:
    """Bring pictures of a job before the moderators, each once, and with the rules that want it.

    Raises DatabaseAway.
    """
    kind = Kind.WITHHELD if record.job.for_review else Kind.HELD
    for index, rules in waiting.items():
        assert record.origin.guild_id is not None, "where there are no moderators, nothing is held"
        await studio.reviews.open(
            Case(
                key=f"held:{record.job.id}:{index}",
                kind=kind,
                server_id=record.origin.guild_id,
                member_id=record.origin.member_id,
                channel_id=record.origin.channel_id,
                job_id=record.job.id,
                index=index,
                about={"rules": list(rules)},
            )
        )
        studio.reviews_changed.set()


async def withdraw(studio: Studio, job_id: JobId, member_id: int) -> None:
    """Post nothing of a job that still waits: its answer was deleted by that member. Raises DatabaseAway."""
    for review in await studio.reviews.held(job_id):
        await studio.reviews.decide(review.id, State.REJECTED, member_id)
        studio.reviews_changed.set()
