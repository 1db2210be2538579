"""Whether taste learns from the stars that members gave embeddings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_COLUMNS = ("teaches", "teaches_server")


def upgrade() -> None:
    """Add the columns. Nothing is learned from earlier ratings: nobody was told that it would be."""
    for name in _COLUMNS:
        column: sa.Column[bool] = sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column("embedding_opinions", column)


def downgrade() -> None:
    """Forget who learns; the stars stay."""
    for name in _COLUMNS:
        op.drop_column("embedding_opinions", name)
