"""The table of what jobs are made from, filled from the jobs that there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_AT_ONCE = 500
_PLACES = ("image", "mask")


def upgrade() -> None:
    """Add it. Jobs of every earlier version keep their pictures to start from in the same places."""
    op.create_table(
        "sources",
        sa.Column("job_id", sa.String(16), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "blob", name="pk_sources"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_sources_job_id_jobs"),
    )
    op.create_index("ix_sources_blob", "sources", ["blob"])
    sources = sa.table("sources", sa.column("job_id", sa.String), sa.column("blob", sa.String))
    db, jobs = op.get_bind(), sa.table("jobs", sa.column("id", sa.String), sa.column("job", sa.JSON))
    found = [
        {"job_id": job_id, "blob": blob}
        for job_id, job in db.execute(sa.select(jobs.c.id, jobs.c.job))
        for blob in sorted(set(_blobs(job)))
    ]
    for begin in range(0, len(found), _AT_ONCE):
        db.execute(sources.insert(), found[begin : begin + _AT_ONCE])


def _blobs(job: Any) -> Iterator[str]:
    """Yield what a job's task starts from, as any version wrote it."""
    task = job.get("task") if isinstance(job, dict) else None
    if not isinstance(task, dict):
        return
    for holder in (task, task.get("start")):
        if isinstance(holder, dict):
            yield from (holder[place] for place in _PLACES if isinstance(holder.get(place), str))


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("sources")
