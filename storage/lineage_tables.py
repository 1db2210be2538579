"""The tables of what jobs are made from."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base


class SourceRow(Base):
    """A blob that a job starts from: a picture of an earlier job, an attachment, or a mask."""

    __tablename__ = "sources"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    blob: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class ShownRow(Base):
    """A text that a picture, which a member brought back, was made to show; the digest is the text's."""

    __tablename__ = "shown_words"

    blob: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
