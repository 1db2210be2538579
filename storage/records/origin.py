"""Where a job came from in Discord, as columns of its row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from storage.manner import Manner


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a job came from in Discord, and so where its pictures go.

    `token` is the interaction's, good until `token_expires_at` (15 minutes). `source_message_id` is the
    message whose button was pressed. `language` is the code of the one that is spoken there, if it is known.
    `manner` is how the pictures are handed over.
    """

    guild_id: int | None
    channel_id: int
    member_id: int
    token: str | None = field(repr=False)
    token_expires_at: datetime | None
    source_message_id: int | None = None
    language: str | None = None
    manner: Manner = Manner.HERE


def columns_of(origin: Origin) -> dict[str, Any]:
    """Give the columns of a job's row that say where it came from."""
    return {
        "server_id": origin.guild_id,
        "channel_id": origin.channel_id,
        "member_id": origin.member_id,
        "token": origin.token,
        "token_expires_at": origin.token_expires_at,
        "source_message_id": origin.source_message_id,
        "language": origin.language,
        "manner": origin.manner,
    }


def origin_of(row: RowMapping) -> Origin:
    """Read where the job of a row came from."""
    return Origin(
        guild_id=row["server_id"],
        channel_id=row["channel_id"],
        member_id=row["member_id"],
        token=row["token"],
        token_expires_at=row["token_expires_at"],
        source_message_id=row["source_message_id"],
        language=row["language"],
        manner=Manner(row["manner"] or Manner.HERE),
    )
