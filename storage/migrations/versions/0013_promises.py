"""Promised answers: which of them a bot that died still owes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing is promised yet."""
    op.create_table(
        "promises",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_promises"),
    )


def downgrade() -> None:
    """Forget what was promised."""
    op.drop_table("promises")
