"""What was made in a picture's place before and discarded, because somebody in it was drawn wrong."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; of earlier pictures nothing is known."""
    op.add_column(
        "pictures", sa.Column("discarded", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )


def downgrade() -> None:
    """Forget it; the pictures stay."""
    op.drop_column("pictures", "discarded")
