"""The policies that moderators gave to channels."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from pydantic import ValidationError
from sqlalchemy import select, update

from moderation.policy import Policy
from storage.database import Database
from storage.records.references import References
from storage.tables import Channel, table_of

log = logging.getLogger(__name__)

_CHANNELS = table_of(Channel)


class ChannelPolicies:
    """The channels' policies in a database. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._references = References(database)

    async def get(self, channel_id: int) -> Policy | None:
        """Give the policy that a moderator set for the channel, or None (which means SFW)."""
        async with self._database.reading() as db:
            found = (await db.execute(select(Channel.policy).where(Channel.id == channel_id))).scalar()
        if found is None:
            return None
        try:
            return Policy.model_validate(found, extra="forbid")
        except ValidationError:
            log.exception(
                "The policy of channel %d cannot be read: the channel is treated as SFW.", channel_id
            )
            return None

    async def set(
        self, guild_id: int | None, channel_id: int, policy: Policy | None, by_member_id: int
    ) -> None:
        """Set a channel's policy, or take it away with None."""
        async with self._database.writing() as db:
            await self._references.write(db, guild_id, channel_id, by_member_id)
            await db.execute(
                update(_CHANNELS)
                .where(Channel.id == channel_id)
                .values(
                    policy=None if policy is None else policy.model_dump(mode="json"),
                    opened_by=by_member_id,
                    opened_at=datetime.now(UTC),
                )
            )
