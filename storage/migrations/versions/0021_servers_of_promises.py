"""The server of each answer that was promised, since several processes of a bot may owe some."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; where those of the last minutes were promised is not known."""
    op.add_column("promises", sa.Column("server_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Forget where they were promised."""
    op.drop_column("promises", "server_id")
