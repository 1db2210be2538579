"""What pictures that members bring back were made to show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; of what was brought earlier nobody has noted it."""
    op.create_table(
        "shown_words",
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("blob", "digest", name="pk_shown_words"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("shown_words")
