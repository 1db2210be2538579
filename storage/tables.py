"""The tables of the bot's database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Snowflake = BigInteger
"""Discord's ids: unsigned 63-bit numbers in practice."""
Document = JSON().with_variant(JSONB(), "postgresql")


class Moment(TypeDecorator[datetime]):
    """A time with its zone. SQLite stores no zone, so all times are stored as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store as UTC. Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What the tables share: constraint names, which later migrations need."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Server(Base):
    """A server of Discord (its API says guild), and the channel in which its moderators are told."""

    __tablename__ = "servers"

    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    moderators_channel_id: Mapped[int | None] = mapped_column(Snowflake)


class Channel(Base):
    """A channel, a thread or a direct message.

    Earlier versions wrote `policy`, `opened_by` and `opened_at`; nothing does any more.
    """

    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    server_id: Mapped[int | None] = mapped_column(ForeignKey("servers.id"))
    policy: Mapped[dict[str, Any] | None] = mapped_column(Document)
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    opened_at: Mapped[datetime | None] = mapped_column(Moment)


class PolicyChange(Base):
    """What happened to the policy of a place: rows are added and never changed.

    `place_id` is a server's, a category's, a channel's or a thread's id, `change` one of
    storage/records/policies.py's, `policy` what was set, if anything was, and `member_id` who did it, None if
    Discord's mark was what changed.
    """

    __tablename__ = "policies"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    server_id: Mapped[int] = mapped_column(ForeignKey("servers.id"))
    place_id: Mapped[int] = mapped_column(Snowflake, index=True)
    change: Mapped[str] = mapped_column(String(16))
    policy: Mapped[dict[str, Any] | None] = mapped_column(Document)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    at: Mapped[datetime] = mapped_column(Moment)


class MarkRow(Base):
    """A channel that was age-restricted when it was last seen."""

    __tablename__ = "marks"

    channel_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)


class Member(Base):
    """A person on Discord, the same one in every server."""

    __tablename__ = "members"

    id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)


class JobRow(Base):
    """A job, where it came from and how far it got.

    `credits` are pictures, `seconds` is the time in the worker; storage/records/jobs.py draws the states.
    `language` is the code of the one in which its channel is told about it, and `manner` is how its pictures
    are handed over, None for those before there were several; `way` is the one that the result takes, None
    until the first one has led nowhere. `failure_sent` is what `failure` can be said from in others. Earlier
    versions wrote `source_job_id` and `source_index`; nothing does any more.
    """

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    job: Mapped[dict[str, Any]] = mapped_column(Document)
    state: Mapped[str] = mapped_column(String(16))
    server_id: Mapped[int | None] = mapped_column(ForeignKey("servers.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    token: Mapped[str | None] = mapped_column(Text)
    token_expires_at: Mapped[datetime | None] = mapped_column(Moment)
    source_message_id: Mapped[int | None] = mapped_column(Snowflake)
    language: Mapped[str | None] = mapped_column(String(8))
    manner: Mapped[str | None] = mapped_column(String(16))
    way: Mapped[str | None] = mapped_column(String(16))
    source_job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    source_index: Mapped[int | None] = mapped_column(Integer)
    message_id: Mapped[int | None] = mapped_column(Snowflake)
    message_channel_id: Mapped[int | None] = mapped_column(Snowflake)
    credits: Mapped[int] = mapped_column(Integer)
    failure: Mapped[str | None] = mapped_column(Text)
    failure_sent: Mapped[dict[str, Any] | None] = mapped_column(Document)
    description: Mapped[dict[str, Any] | None] = mapped_column(Document)
    seconds: Mapped[float | None] = mapped_column(Float)
    created_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index(None, "member_id", "created_at"), Index(None, "state"))


class PictureRow(Base):
    """One picture of a finished job; `blob` is None when it was withheld.

    `discarded` is a list of those that were made in its place, or None, and `look` what CLIP saw in it.
    """

    __tablename__ = "pictures"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    index: Mapped[int] = mapped_column(Integer, primary_key=True)
    blob: Mapped[str | None] = mapped_column(String(64), index=True)
    recipe: Mapped[dict[str, Any]] = mapped_column(Document)
    findings: Mapped[dict[str, Any]] = mapped_column(Document)
    verdict: Mapped[dict[str, Any]] = mapped_column(Document)
    scores: Mapped[dict[str, Any] | None] = mapped_column(Document)
    discarded: Mapped[list[Any] | None] = mapped_column(Document)
    look: Mapped[dict[str, Any] | None] = mapped_column(Document)


class ChoiceRow(Base):
    """That a member chose a picture of a job among its others, or threw it away if it is not `liked`.

    `server_id` is the server that learns from it, too.
    """

    __tablename__ = "choices"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    index: Mapped[int] = mapped_column(Integer, primary_key=True)
    liked: Mapped[bool] = mapped_column(Boolean)
    server_id: Mapped[int | None] = mapped_column(ForeignKey("servers.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)


_IN_USE = text("state != 'withdrawn'")


class EmbeddingRow(Base):
    """A word that members made or brought: storage/records/embeddings.py says what the fields mean.

    `folded` is the name in lower case, of which a server has one at a time that is not withdrawn.
    """

    __tablename__ = "embeddings"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    server_id: Mapped[int] = mapped_column(ForeignKey("servers.id"))
    name: Mapped[str] = mapped_column(String(64))
    folded: Mapped[str] = mapped_column(String(64))
    owner_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    author: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text)
    family: Mapped[str] = mapped_column(String(32))
    checkpoint: Mapped[str | None] = mapped_column(Text)
    widths: Mapped[list[int]] = mapped_column(Document)
    vectors: Mapped[int] = mapped_column(Integer)
    file: Mapped[str | None] = mapped_column(String(64), index=True)
    previews: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    recipe: Mapped[dict[str, Any] | None] = mapped_column(Document)
    licence: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool] = mapped_column(Boolean)
    signed_by: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Moment)
    published_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index(None, "server_id", "folded", unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE),
    )


class EmbeddingOpinion(Base):
    """What one member thinks of an embedding: one to five `stars`.

    `report` is why they reported it, if that was before reports became reviews. `teaches` and
    `teaches_server` say whether their own taste, and that of the embedding's server, learn from the stars.
    """

    __tablename__ = "embedding_opinions"

    embedding_id: Mapped[int] = mapped_column(ForeignKey("embeddings.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    stars: Mapped[int | None] = mapped_column(Integer)
    report: Mapped[str | None] = mapped_column(Text)
    teaches: Mapped[bool] = mapped_column(Boolean, server_default=false())
    teaches_server: Mapped[bool] = mapped_column(Boolean, server_default=false())


class EmbeddingUse(Base):
    """That a job was drawn with an embedding."""

    __tablename__ = "embedding_uses"

    embedding_id: Mapped[int] = mapped_column(ForeignKey("embeddings.id"), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)


class CarryOverRow(Base):
    """An embedding's way to another checkpoint: storage/records/carry_over.py says what the fields mean."""

    __tablename__ = "carry_overs"

    embedding_id: Mapped[int] = mapped_column(ForeignKey("embeddings.id"), primary_key=True)
    checkpoint: Mapped[str] = mapped_column(String(255), primary_key=True)
    job_id: Mapped[str] = mapped_column(String(16), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    file: Mapped[str | None] = mapped_column(String(64), index=True)
    likeness: Mapped[float | None] = mapped_column(Float)
    failure: Mapped[dict[str, Any] | None] = mapped_column(Document)
    told: Mapped[bool] = mapped_column(Boolean)


class NotebookRow(Base):
    """An entry of a member's notebook, `shared` with the server `server_id` if that is given."""

    __tablename__ = "notebook"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    folded: Mapped[str] = mapped_column(String(64))
    entry: Mapped[dict[str, Any]] = mapped_column(Document)
    server_id: Mapped[int | None] = mapped_column(ForeignKey("servers.id"), index=True)

    __table_args__ = (Index(None, "member_id", "folded", unique=True),)


class DefaultsRow(Base):
    """What `/imagine` takes where its options are not given: for a member or a channel, by its id."""

    __tablename__ = "defaults"

    of_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    chosen: Mapped[dict[str, Any]] = mapped_column(Document)


class KnownFaceRow(Base):
    """A descriptor of a known face, float32 in bytes, and by which encoder; everywhere without a server.

    Pictures are not kept: what was learned cannot be turned back into a face.
    """

    __tablename__ = "known_faces"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    server_id: Mapped[int | None] = mapped_column(ForeignKey("servers.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    encoder: Mapped[str] = mapped_column(String(32))
    descriptor: Mapped[bytes] = mapped_column(LargeBinary)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    at: Mapped[datetime] = mapped_column(Moment)


class PromiseRow(Base):
    """That the interaction with this token was promised an answer, in the language with this code.

    `server_id` is where, None in a direct message.
    """

    __tablename__ = "promises"

    token: Mapped[str] = mapped_column(Text, primary_key=True)
    language: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(Moment)
    server_id: Mapped[int | None] = mapped_column(Snowflake)


def table_of(entity: type[Base]) -> Table:
    """Give the table behind one of these classes."""
    table = entity.__table__
    assert isinstance(table, Table)
    return table
