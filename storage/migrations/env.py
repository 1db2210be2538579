"""Run by Alembic for each upgrade, on the connection that storage/database.py hands over."""

from __future__ import annotations

from alembic import context

from storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter most things; Alembic then copies the table.
    render_as_batch=True,
)
context.run_migrations()
