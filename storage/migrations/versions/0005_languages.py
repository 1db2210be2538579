"""The language in which a channel is told about a job, and what a failure can be said from in others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; for earlier jobs they are not known."""
    op.add_column("jobs", sa.Column("language", sa.String(8), nullable=True))
    document = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("jobs", sa.Column("failure_sent", document, nullable=True))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("jobs", "language")
    op.drop_column("jobs", "failure_sent")
