"""Which way a result takes to its member."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; results that are on their way begin with the first one."""
    op.add_column("jobs", sa.Column("way", sa.String(16), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("jobs", "way")
