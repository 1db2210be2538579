"""What pictures show, in words, and how well they agree with their prompts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the columns, empty for what there is."""
    op.add_column("jobs", sa.Column("description", _DOCUMENT, nullable=True))
    op.add_column("pictures", sa.Column("agreement", sa.Float(), nullable=True))


def downgrade() -> None:
    """Forget words and agreements."""
    op.drop_column("jobs", "description")
    op.drop_column("pictures", "agreement")
