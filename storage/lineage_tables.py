"""The table of what jobs are made from."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base


class SourceRow(Base):
    """A blob that a job starts from: a picture of an earlier job, an attachment, or a mask."""

    __tablename__ = "sources"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    blob: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
