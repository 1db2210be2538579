"""The tables of what moderators decide and of what they did, beside the tables of what is judged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base, Document, Moment, Snowflake

KEY = 96
"""Characters of a key, by which a row that is written twice is one row."""


class ReviewRow(Base):
    """Something that a moderator is to decide, or has decided; storage/records/reviews.py has the kinds.

    `member_id` is whose picture or words they are, and `channel_id` where these stood or shall stand. Of a
    picture there are `job_id`, `index` (None for all of the job's) and the message that was reported; of
    words, `about` has all that was said. `card_...` is the message in the moderators' channel, and `told_at`
    when everybody concerned had heard of the decision.
    """

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    server_id: Mapped[int] = mapped_column(ForeignKey("servers.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    channel_id: Mapped[int] = mapped_column(Snowflake)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    index: Mapped[int | None] = mapped_column(Integer)
    message_id: Mapped[int | None] = mapped_column(Snowflake)
    about: Mapped[dict[str, Any]] = mapped_column(Document)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(Snowflake)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    card_channel_id: Mapped[int | None] = mapped_column(Snowflake)
    card_message_id: Mapped[int | None] = mapped_column(Snowflake)
    told_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index(None, "server_id", "state"), Index(None, "job_id"))


class ReportRow(Base):
    """What one member says against what is reviewed."""

    __tablename__ = "reports"

    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class StrikeRow(Base):
    """A refusal by the floor, which counts against a member until it fades or is forgiven."""

    __tablename__ = "strikes"

    key: Mapped[str] = mapped_column(String(KEY), primary_key=True)
    server_id: Mapped[int] = mapped_column(ForeignKey("servers.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    rule: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Moment)
    forgiven: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (Index(None, "server_id", "member_id"),)


class SuspensionRow(Base):
    """A time in which a member asks for nothing in a server; `by` is None where strikes were the reason."""

    __tablename__ = "suspensions"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY), unique=True)
    server_id: Mapped[int] = mapped_column(ForeignKey("servers.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[int | None] = mapped_column(Snowflake)
    begins_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    lifted_by: Mapped[int | None] = mapped_column(Snowflake)
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index(None, "server_id", "member_id"),)


class ConsentRow(Base):
    """That a member may have the name of somebody drawn, whom a moderator knows them to be."""

    __tablename__ = "consents"

    server_id: Mapped[int] = mapped_column(ForeignKey("servers.id"), primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class AuditRow(Base):
    """One line of a server's audit log: rows are added and never changed; storage/records/audit.py."""

    __tablename__ = "audit"

    server_id: Mapped[int] = mapped_column(ForeignKey("servers.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(KEY), unique=True)
    at: Mapped[datetime] = mapped_column(Moment)
    actor_id: Mapped[int | None] = mapped_column(Snowflake)
    what: Mapped[str] = mapped_column(String(32))
    about: Mapped[dict[str, Any]] = mapped_column(Document)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class ShowingRow(Base):
    """A message, beside the answer to a job, that shows one of the job's pictures, as `member_id` asked."""

    __tablename__ = "showings"

    message_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    channel_id: Mapped[int] = mapped_column(Snowflake)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    member_id: Mapped[int | None] = mapped_column(Snowflake)
